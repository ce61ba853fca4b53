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
                     .startTime = tx.now()});
  return std::make_shared<CreateSnapshot>(
      delegates,
      CreateSnapshotParameters{.snapshotId = id, .volumeId = volume.volumeId, .size = volume.size});
}

std::span<const CreateSnapshot::Step> CreateSnapshot::steps() {
  static constexpr Step kSteps[] = {
      {"createSnapshot", At::VolumeServer, &CreateSnapshot::createSnapshot, &CreateSnapshot::deleteSnapshot},
  };
  return kSteps;
}

void CreateSnapshot::createSnapshot(const OperationContext& context) {
  volumes().createSnapshot(context, parameters_.snapshotId, parameters_.volumeId, parameters_.size);
}

void CreateSnapshot::deleteSnapshot(const OperationContext& context) {
  volumes().deleteSnapshot(context, parameters_.snapshotId, parameters_.volumeId, parameters_.size);
}

Snapshot CreateSnapshot::commit(metadata::MetadataWriter& tx) {
  tx.moveSnapshot(parameters_.snapshotId, SnapshotStatus::Pending, SnapshotStatus::Completed);
  return tx.snapshot(parameters_.snapshotId);
}

void CreateSnapshot::abandon(metadata::MetadataWriter& tx, const std::optional<Error>& /*cause*/) {
  tx.eraseClientToken(resource());
  tx.eraseSnapshot(parameters_.snapshotId, SnapshotStatus::Pending);
}

}  // namespace vbs::workflows
