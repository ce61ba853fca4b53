#include "vbs_service/workflows/remove_stray_target.h"

namespace vbs::workflows {

std::shared_ptr<RemoveStrayTarget> RemoveStrayTarget::reserve(metadata::MetadataWriter& tx,
                                                              const engine::Delegates& delegates,
                                                              const VolumeId& volumeId,
                                                              const TargetIdentity& target) {
  if (tx.findAttachment(volumeId)) {
    throw Error(ErrorCode::IncorrectState, "volume " + volumeId.str() + " is attached by now",
                volumeId.str());
  }
  return std::make_shared<RemoveStrayTarget>(
      delegates, RemoveStrayTargetParameters{.volumeId = volumeId, .target = target});
}

std::span<const RemoveStrayTarget::Step> RemoveStrayTarget::steps() {
  static constexpr Step kSteps[] = {
      {"unexportVolume", At::VolumeServer, &RemoveStrayTarget::unexportVolume, kNoWayBack,
       Insistence::UntilAnswered},
  };
  return kSteps;
}

void RemoveStrayTarget::unexportVolume(const OperationContext& context) {
  volumes().unexportVolume(context, parameters_.volumeId, parameters_.target, std::nullopt);
}

}  // namespace vbs::workflows
