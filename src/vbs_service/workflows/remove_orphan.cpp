#include "vbs_service/workflows/remove_orphan.h"

namespace vbs::workflows {

std::shared_ptr<RemoveOrphanVolume> RemoveOrphanVolume::reserve(metadata::MetadataWriter& tx,
                                                                const engine::Delegates& delegates,
                                                                const VolumeId& volumeId, SizeGiB size) {
  if (tx.findVolume(volumeId)) {
    throw Error(ErrorCode::IncorrectState, "volume " + volumeId.str() + " is no orphan", volumeId.str());
  }
  return std::make_shared<RemoveOrphanVolume>(
      delegates, RemoveOrphanVolumeParameters{.volumeId = volumeId, .size = size});
}

std::span<const RemoveOrphanVolume::Step> RemoveOrphanVolume::steps() {
  static constexpr Step kSteps[] = {
      {"deleteVolume", At::VolumeServer, &RemoveOrphanVolume::deleteVolume, kNoWayBack,
       Insistence::UntilAnswered},
  };
  return kSteps;
}

void RemoveOrphanVolume::deleteVolume(const OperationContext& context) {
  volumes().deleteVolume(context, parameters_.volumeId, parameters_.size);
}

std::shared_ptr<RemoveOrphanSnapshot> RemoveOrphanSnapshot::reserve(metadata::MetadataWriter& tx,
                                                                    const engine::Delegates& delegates,
                                                                    const SnapshotId& snapshotId,
                                                                    const VolumeId& volumeId, SizeGiB size) {
  if (tx.findSnapshot(snapshotId)) {
    throw Error(ErrorCode::IncorrectState, "snapshot " + snapshotId.str() + " is no orphan",
                snapshotId.str());
  }
  return std::make_shared<RemoveOrphanSnapshot>(
      delegates,
      RemoveOrphanSnapshotParameters{.snapshotId = snapshotId, .volumeId = volumeId, .size = size});
}

std::span<const RemoveOrphanSnapshot::Step> RemoveOrphanSnapshot::steps() {
  static constexpr Step kSteps[] = {
      {"deleteSnapshot", At::VolumeServer, &RemoveOrphanSnapshot::deleteSnapshot, kNoWayBack,
       Insistence::UntilAnswered},
  };
  return kSteps;
}

void RemoveOrphanSnapshot::deleteSnapshot(const OperationContext& context) {
  volumes().deleteSnapshot(context, parameters_.snapshotId, parameters_.volumeId, parameters_.size);
}

}  // namespace vbs::workflows
