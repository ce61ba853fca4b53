#include "vbs_service/workflows/restart_copy.h"

#include "vbs_service/engine/refusals.h"

namespace vbs::workflows {
namespace {

/// True for an answer that another try would not change.
bool isFinal(ErrorCode code) {
  return code == ErrorCode::CommandFailed || code == ErrorCode::InsufficientCapacity ||
         code == ErrorCode::InvalidParameter;
}

}  // namespace

std::shared_ptr<RestartCopy> RestartCopy::reserve(metadata::MetadataWriter& tx,
                                                  const engine::Delegates& delegates,
                                                  const VolumeId& volumeId) {
  const Volume volume = tx.volume(volumeId);
  if (volume.status != VolumeStatus::Pending) engine::refuse(volume, "copied to again");
  return std::make_shared<RestartCopy>(
      delegates,
      RestartCopyParameters{
          .volumeId = volumeId, .snapshotId = volume.snapshotId, .size = volume.size, .isReady = false});
}

std::span<const RestartCopy::Step> RestartCopy::steps() {
  static constexpr Step kSteps[] = {
      {"createVolume", At::VolumeServer, &RestartCopy::createVolume, &RestartCopy::deleteVolume},
  };
  return kSteps;
}

void RestartCopy::createVolume(const OperationContext& context) {
  const CreateVolumeOutcome outcome =
      volumes().createVolume(context, parameters_.volumeId, parameters_.size, parameters_.snapshotId);
  parameters_.isReady = outcome == CreateVolumeOutcome::Available;
}

void RestartCopy::deleteVolume(const OperationContext& context) {
  volumes().deleteVolume(context, parameters_.volumeId, parameters_.size);
}

void RestartCopy::commit(metadata::MetadataWriter& tx) {
  if (parameters_.isReady) {
    tx.moveVolume(parameters_.volumeId, VolumeStatus::Pending, VolumeStatus::Available);
  } else {
    tx.setVolumeReason(parameters_.volumeId, std::nullopt);
  }
}

void RestartCopy::abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) {
  if (cause && isFinal(cause->code())) {
    tx.moveVolume(parameters_.volumeId, VolumeStatus::Pending, VolumeStatus::Error,
                  std::string("the copy was lost and could not be started again: ") + cause->what());
  } else {
    tx.setVolumeReason(parameters_.volumeId, "the copy was lost and is started again");
  }
}

}  // namespace vbs::workflows
