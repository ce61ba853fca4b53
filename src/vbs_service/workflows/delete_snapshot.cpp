#include "vbs_service/workflows/delete_snapshot.h"

#include "vbs_service/engine/refusals.h"

namespace vbs::workflows {

void DeleteSnapshot::check(const metadata::MetadataReader& tx, const SnapshotId& snapshotId) {
  const Snapshot snapshot = tx.snapshot(snapshotId);
  if (snapshot.status != SnapshotStatus::Completed && snapshot.status != SnapshotStatus::Error) {
    engine::refuse(snapshot, "deleted");
  }
  if (const auto volumes = tx.volumesCopiedFrom(snapshotId); !volumes.empty()) {
    throw Error(ErrorCode::DependencyViolation,
                "snapshot " + snapshotId.str() + " is being copied to volume " + volumes.front().str() +
                    ": wait until that is available or gone",
                snapshotId.str());
  }
}

std::shared_ptr<DeleteSnapshot> DeleteSnapshot::reserve(metadata::MetadataWriter& tx,
                                                        const engine::Delegates& delegates,
                                                        const SnapshotId& snapshotId) {
  check(tx, snapshotId);
  const Snapshot snapshot = tx.snapshot(snapshotId);
  tx.moveSnapshot(snapshotId, snapshot.status, SnapshotStatus::Deleting);
  return std::make_shared<DeleteSnapshot>(delegates,
                                          DeleteSnapshotParameters{.snapshotId = snapshotId,
                                                                   .volumeId = snapshot.volumeId,
                                                                   .size = snapshot.size,
                                                                   .snapshotBefore = snapshot.status,
                                                                   .reasonBefore = snapshot.statusReason});
}

std::span<const DeleteSnapshot::Step> DeleteSnapshot::steps() {
  static constexpr Step kSteps[] = {
      {"deleteSnapshot", At::VolumeServer, &DeleteSnapshot::deleteSnapshot, kNoWayBack,
       Insistence::UntilRefused},
  };
  return kSteps;
}

void DeleteSnapshot::deleteSnapshot(const OperationContext& context) {
  volumes().deleteSnapshot(context, parameters_.snapshotId, parameters_.volumeId, parameters_.size);
}

void DeleteSnapshot::commit(metadata::MetadataWriter& tx) {
  tx.eraseSnapshot(parameters_.snapshotId, SnapshotStatus::Deleting);
}

void DeleteSnapshot::abandon(metadata::MetadataWriter& tx, const std::optional<Error>& /*cause*/) {
  tx.moveSnapshot(parameters_.snapshotId, SnapshotStatus::Deleting, parameters_.snapshotBefore,
                  parameters_.reasonBefore);
}

}  // namespace vbs::workflows
