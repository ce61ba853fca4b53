#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>

#include "vbs_service/engine/workflow_of.h"

namespace vbs::workflows {

struct DeleteSnapshotParameters {
  SnapshotId snapshotId;
  VolumeId volumeId;
  SizeGiB size;
  SnapshotStatus snapshotBefore;            ///< the status to go back to
  std::optional<std::string> reasonBefore;  ///< what stood beside it

  static constexpr auto fields() {
    using P = DeleteSnapshotParameters;
    using engine::field;
    return std::tuple{field("snapshotId", &P::snapshotId), field("volumeId", &P::volumeId),
                      field("sizeGiB", &P::size), field("snapshotBefore", &P::snapshotBefore),
                      field("reasonBefore", &P::reasonBefore)};
  }
  bool operator==(const DeleteSnapshotParameters&) const = default;
};

/// completed | error -> deleting -> delete on the volume server -> the row goes away. Refused, the snapshot
/// is what it was; with no clear answer, or when a later command of several failed, it stays
/// deleting and is asked again.
class DeleteSnapshot : public engine::WorkflowOf<DeleteSnapshot, DeleteSnapshotParameters> {
public:
  static constexpr metadata::OperationKind kKind{
      .name = "deleteSnapshot",
      .resource = metadata::OperationResource::snapshot({SnapshotStatus::Deleting}),
      .inWords = "being deleted"};

  static std::span<const Step> steps();

  /// Throws SnapshotNotFound, IncorrectState; DependencyViolation while a volume is being copied from it.
  static void check(const metadata::MetadataReader& tx, const SnapshotId& snapshotId);
  /// check(), then deleting.
  static std::shared_ptr<DeleteSnapshot> reserve(metadata::MetadataWriter& tx,
                                                 const engine::Delegates& delegates,
                                                 const SnapshotId& snapshotId);

  using WorkflowOf::WorkflowOf;

  void commit(metadata::MetadataWriter& tx);
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;

private:
  void deleteSnapshot(const OperationContext& context);
};

}  // namespace vbs::workflows
