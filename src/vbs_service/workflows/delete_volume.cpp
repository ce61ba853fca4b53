#include "vbs_service/workflows/delete_volume.h"

#include "vbs_service/engine/refusals.h"

namespace vbs::workflows {
namespace {

std::string listed(const std::vector<SnapshotId>& ids) {
  constexpr std::size_t kMost = 10;
  std::string text;
  for (std::size_t i = 0; i < ids.size() && i < kMost; ++i) text += (i > 0 ? ", " : "") + ids[i].str();
  if (ids.size() > kMost) text += " and " + std::to_string(ids.size() - kMost) + " more";
  return text;
}

}  // namespace

void DeleteVolume::check(const metadata::MetadataReader& tx, const VolumeId& volumeId) {
  const Volume volume = tx.volume(volumeId);
  const bool deletable = volume.status == VolumeStatus::Available || volume.status == VolumeStatus::Error ||
                         volume.status == VolumeStatus::Pending;
  if (!deletable) engine::refuse(volume, "deleted");
  if (const auto snapshots = tx.snapshotsOf(volumeId); !snapshots.empty()) {
    throw Error(
        ErrorCode::DependencyViolation,
        "volume " + volumeId.str() + " has snapshots that need it: delete " + listed(snapshots) + " first",
        volumeId.str());
  }
}

std::shared_ptr<DeleteVolume> DeleteVolume::reserve(metadata::MetadataWriter& tx,
                                                    const engine::Delegates& delegates,
                                                    const VolumeId& volumeId) {
  check(tx, volumeId);
  const Volume volume = tx.volume(volumeId);
  tx.moveVolume(volumeId, volume.status, VolumeStatus::Deleting);
  return std::make_shared<DeleteVolume>(delegates,
                                        DeleteVolumeParameters{.volumeId = volumeId,
                                                               .size = volume.size,
                                                               .volumeBefore = volume.status,
                                                               .reasonBefore = volume.statusReason});
}

std::span<const DeleteVolume::Step> DeleteVolume::steps() {
  static constexpr Step kSteps[] = {
      {"deleteVolume", At::VolumeServer, &DeleteVolume::deleteVolume, kNoWayBack, Insistence::UntilRefused},
  };
  return kSteps;
}

void DeleteVolume::deleteVolume(const OperationContext& context) {
  volumes().deleteVolume(context, parameters_.volumeId, parameters_.size);
}

void DeleteVolume::commit(metadata::MetadataWriter& tx) {
  tx.eraseVolume(parameters_.volumeId, VolumeStatus::Deleting);
}

void DeleteVolume::abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) {
  switch (parameters_.volumeBefore) {
    case VolumeStatus::Available:
      tx.moveVolume(parameters_.volumeId, VolumeStatus::Deleting, VolumeStatus::Available);
      break;
    case VolumeStatus::Pending:
      tx.moveVolume(parameters_.volumeId, VolumeStatus::Deleting, VolumeStatus::Error,
                    "its deletion failed while it was being filled" +
                        (cause ? std::string(": ") + cause->what() : std::string()));
      break;
    default:
      tx.moveVolume(parameters_.volumeId, VolumeStatus::Deleting, VolumeStatus::Error,
                    parameters_.reasonBefore);
  }
}

}  // namespace vbs::workflows
