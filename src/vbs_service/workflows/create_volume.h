#pragma once

#include <memory>
#include <optional>
#include <span>
#include <tuple>

#include "common/api/vbs_service.h"
#include "vbs_service/capacity/promise_limit.h"
#include "vbs_service/engine/workflow_of.h"

namespace vbs::workflows {

struct CreateVolumeParameters {
  VolumeId volumeId;
  std::optional<SnapshotId> snapshotId;
  SizeGiB size;
  bool isReady;  ///< as the Volume Delegate told: no copy runs

  static constexpr auto fields() {
    using P = CreateVolumeParameters;
    using engine::field;
    return std::tuple{field("volumeId", &P::volumeId), field("snapshotId", &P::snapshotId),
                      field("sizeGiB", &P::size), field("isReady", &P::isReady)};
  }
  bool operator==(const CreateVolumeParameters&) const = default;
};

/// reserve an id (pending) -> create on the volume server -> available; from a snapshot it stays pending
/// while the copy runs, which CopyWatcher ends. Rolled back, the volume is deleted and its row goes away.
class CreateVolume : public engine::WorkflowOf<CreateVolume, CreateVolumeParameters, Volume> {
public:
  static constexpr metadata::OperationKind kKind{
      .name = "createVolume",
      .resource = metadata::OperationResource::volume({VolumeStatus::Pending}),
      .inWords = "being created"};

  static std::span<const Step> steps();

  /// `limit`: what all volumes may have together, this one included; none where there is no limit. Throws
  /// SnapshotNotFound, IncorrectState (the snapshot is not completed), InvalidParameter (the sizes) and
  /// InsufficientCapacity (the limit).
  static std::shared_ptr<CreateVolume> reserve(metadata::MetadataWriter& tx,
                                               const engine::Delegates& delegates,
                                               const CreateVolumeRequest& request,
                                               const std::optional<capacity::PromiseLimit>& limit);

  using WorkflowOf::WorkflowOf;

  /// The volume, available or pending.
  Volume commit(metadata::MetadataWriter& tx);
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;

private:
  void createVolume(const OperationContext& context);
  void deleteVolume(const OperationContext& context);
};

}  // namespace vbs::workflows
