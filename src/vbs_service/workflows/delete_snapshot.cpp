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
  return std::make_shared<DeleteSnapshot>(delegates, engine::Context{.volumeId = snapshot.volumeId,
                                                                     .snapshotId = snapshotId,
                                                                     .size = snapshot.size,
                                                                     .snapshotBefore = snapshot.status,
                                                                     .reasonBefore = snapshot.statusReason});
}

std::vector<engine::Step> DeleteSnapshot::steps() {
  return {{.name = "deleteSnapshot",
           .delegate = engine::Delegates::kVolumesName,
           .act = [this](const OperationContext& context) {
             delegates_.volumeServers.at(volumeServer())
                 .deleteSnapshot(context, context_.snapshotId.value(), context_.volumeId,
                                 context_.size.value());
           }}};
}

void DeleteSnapshot::commit(metadata::MetadataWriter& tx) {
  tx.eraseSnapshot(context_.snapshotId.value(), SnapshotStatus::Deleting);
}

void DeleteSnapshot::abandon(metadata::MetadataWriter& tx, const std::optional<Error>& /*cause*/) {
  tx.moveSnapshot(context_.snapshotId.value(), SnapshotStatus::Deleting, context_.snapshotBefore.value(),
                  context_.reasonBefore);
}

void DeleteSnapshot::setReason(metadata::MetadataWriter& tx, const std::string& reason) {
  tx.setSnapshotReason(context_.snapshotId.value(), reason);
}

}  // namespace vbs::workflows
