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
      delegates, engine::Context{.volumeId = volumeId, .snapshotId = volume.snapshotId, .size = volume.size});
}

std::vector<engine::Step> RestartCopy::steps() {
  return {{.name = "createVolume",
           .delegate = engine::Delegates::kVolumesName,
           .act =
               [this](const OperationContext& context) {
                 outcome_ = delegates_.volumeServers.at(volumeServer())
                                .createVolume(context, context_.volumeId, context_.size.value(),
                                              context_.snapshotId);
               },
           .undo =
               [this](const OperationContext& context) {
                 delegates_.volumeServers.at(volumeServer())
                     .deleteVolume(context, context_.volumeId, context_.size.value());
               }}};
}

void RestartCopy::commit(metadata::MetadataWriter& tx) {
  if (outcome_ == CreateVolumeOutcome::Available) {
    tx.moveVolume(context_.volumeId, VolumeStatus::Pending, VolumeStatus::Available);
  } else {
    tx.setVolumeReason(context_.volumeId, std::nullopt);
  }
}

void RestartCopy::abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) {
  if (cause && isFinal(cause->code())) {
    tx.moveVolume(context_.volumeId, VolumeStatus::Pending, VolumeStatus::Error,
                  std::string("the copy was lost and could not be started again: ") + cause->what());
  } else {
    tx.setVolumeReason(context_.volumeId, "the copy was lost and is started again");
  }
}

}  // namespace vbs::workflows
