#include "vbs_service/workflows/create_snapshot.h"

#include "vbs_service/engine/refusals.h"

namespace vbs::workflows {

std::shared_ptr<CreateSnapshot> CreateSnapshot::reserve(metadata::MetadataWriter& tx,
                                                        const engine::Delegates& delegates,
                                                        const CreateSnapshotRequest& request) {
  const Volume volume = tx.volume(request.volumeId);
  if (volume.status != VolumeStatus::Available && volume.status != VolumeStatus::InUse) {
    engine::refuse(volume, "made a snapshot of");
  }
  const SnapshotId id =
      tx.newSnapshotId(tx.volumeServerOf(volume.volumeId.str()), delegates.lastSurvey.ids());
  tx.insertSnapshot({.snapshotId = id,
                     .volumeId = volume.volumeId,
                     .size = volume.size,
                     .comment = request.comment,
                     .status = SnapshotStatus::Pending,
                     .statusReason = std::nullopt,
                     .progressPercent = std::nullopt,
                     .startTime = metadata::now()});
  return std::make_shared<CreateSnapshot>(
      delegates, engine::Context{.volumeId = volume.volumeId, .snapshotId = id, .size = volume.size});
}

std::vector<engine::Step> CreateSnapshot::steps() {
  return {{.name = "createSnapshot",
           .delegate = engine::Delegates::kVolumesName,
           .act =
               [this](const OperationContext& context) {
                 delegates_.volumeServers.at(volumeServer())
                     .createSnapshot(context, context_.snapshotId.value(), context_.volumeId,
                                     context_.size.value());
               },
           .undo =
               [this](const OperationContext& context) {
                 delegates_.volumeServers.at(volumeServer())
                     .deleteSnapshot(context, context_.snapshotId.value(), context_.volumeId,
                                     context_.size.value());
               }}};
}

void CreateSnapshot::commit(metadata::MetadataWriter& tx) {
  tx.moveSnapshot(context_.snapshotId.value(), SnapshotStatus::Pending, SnapshotStatus::Completed);
  result_ = tx.snapshot(context_.snapshotId.value());
}

void CreateSnapshot::abandon(metadata::MetadataWriter& tx, const std::optional<Error>& /*cause*/) {
  tx.eraseClientToken(resource());
  tx.eraseSnapshot(context_.snapshotId.value(), SnapshotStatus::Pending);
}

void CreateSnapshot::setReason(metadata::MetadataWriter& tx, const std::string& reason) {
  tx.setSnapshotReason(context_.snapshotId.value(), reason);
}

}  // namespace vbs::workflows
