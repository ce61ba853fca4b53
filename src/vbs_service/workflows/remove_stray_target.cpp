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
  return std::make_shared<RemoveStrayTarget>(delegates,
                                             engine::Context{.volumeId = volumeId, .target = target});
}

std::vector<engine::Step> RemoveStrayTarget::steps() {
  return {{.name = "unexportVolume",
           .delegate = engine::Delegates::kVolumesName,
           .act =
               [this](const OperationContext& context) {
                 delegates_.volumeServers.at(volumeServer())
                     .unexportVolume(context, context_.volumeId, context_.target, std::nullopt);
               },
           .insistence = engine::Insistence::UntilAnswered}};
}

void RemoveStrayTarget::commit(metadata::MetadataWriter& /*tx*/) {}

void RemoveStrayTarget::abandon(metadata::MetadataWriter& /*tx*/, const std::optional<Error>& /*cause*/) {}

void RemoveStrayTarget::setReason(metadata::MetadataWriter& /*tx*/, const std::string& /*reason*/) {
  // The volume is what it was, if there is one.
}

}  // namespace vbs::workflows
