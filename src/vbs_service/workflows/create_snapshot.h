#pragma once

#include <memory>
#include <optional>
#include <span>
#include <tuple>

#include "common/api/vbs_service.h"
#include "vbs_service/engine/workflow_of.h"

namespace vbs::workflows {

struct CreateSnapshotParameters {
  SnapshotId snapshotId;
  VolumeId volumeId;
  SizeGiB size;

  static constexpr auto fields() {
    using P = CreateSnapshotParameters;
    using engine::field;
    return std::tuple{field("snapshotId", &P::snapshotId), field("volumeId", &P::volumeId),
                      field("sizeGiB", &P::size)};
  }
  bool operator==(const CreateSnapshotParameters&) const = default;
};

/// reserve an id (pending) -> snapshot on the volume server -> completed. Rolled back, the snapshot is
/// deleted and its row goes away. The row alone keeps the volume from being deleted meanwhile.
class CreateSnapshot : public engine::WorkflowOf<CreateSnapshot, CreateSnapshotParameters, Snapshot> {
public:
  static constexpr metadata::OperationKind kKind{
      .name = "createSnapshot",
      .resource = metadata::OperationResource::snapshot({SnapshotStatus::Pending}),
      .inWords = "being created"};

  static std::span<const Step> steps();

  /// Throws VolumeNotFound; IncorrectState unless the volume is available or in use.
  static std::shared_ptr<CreateSnapshot> reserve(metadata::MetadataWriter& tx,
                                                 const engine::Delegates& delegates,
                                                 const CreateSnapshotRequest& request);

  using WorkflowOf::WorkflowOf;

  /// The snapshot, completed.
  Snapshot commit(metadata::MetadataWriter& tx);
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;

private:
  void createSnapshot(const OperationContext& context);
  void deleteSnapshot(const OperationContext& context);
};

}  // namespace vbs::workflows
