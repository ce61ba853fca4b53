#include "vbs_service/workflows/restore_attachment.h"

#include "vbs_service/workflows/look_at_host.h"

namespace vbs::workflows {

std::shared_ptr<RestoreAttachment> RestoreAttachment::reserve(metadata::MetadataWriter& tx,
                                                              const engine::Delegates& delegates,
                                                              const metadata::AttachmentRecord& lost,
                                                              const Extent& extent) {
  const VolumeId& id = lost.attachment.volumeId;
  const auto record = tx.findAttachment(id);
  if (record != lost || lost.attachment.status != AttachmentStatus::Attached) {
    throw Error(ErrorCode::IncorrectState, "volume " + id.str() + " is not attached as it was", id.str());
  }
  return std::make_shared<RestoreAttachment>(delegates,
                                             engine::Context{.volumeId = id,
                                                             .size = tx.volume(id).size,
                                                             .vmmHostname = lost.attachment.vmmHostname,
                                                             .vmId = lost.attachment.vmId,
                                                             .vmDevice = lost.attachment.vmDevice,
                                                             .target = lost.target,
                                                             .exported = lost.exported,
                                                             .isInVm = lost.isInVm,
                                                             .restoresDevice = extent.atHost,
                                                             .reconnects = extent.reconnect});
}

std::vector<engine::Step> RestoreAttachment::steps() {
  std::vector<engine::Step> steps{{.name = "exportVolume",
                                   .delegate = engine::Delegates::kVolumesName,
                                   .act =
                                       [this](const OperationContext& context) {
                                         const VolumeExport now =
                                             delegates_.volumeServers.at(volumeServer())
                                                 .exportVolume(context, context_.volumeId, context_.target,
                                                               context_.vmmHostname.value());
                                         // A host that is still connected is so by the way it was given
                                         // before.
                                         if (context_.restoresDevice) context_.exported = now;
                                       },
                                   .insistence = engine::Insistence::UntilAnswered}};
  if (!context_.restoresDevice) return steps;
  const VmmHostname& host = context_.vmmHostname.value();
  if (context_.reconnects) {
    steps.push_back({.name = "disconnectHost",
                     .delegate = delegates_.nameOf(host),
                     .act =
                         [this, host](const OperationContext& context) {
                           VmAttachment session = engine::vmAttachment(context_);
                           session.vmId.reset();  // the delegate looks again whether a VM has it
                           session.vmDevice.reset();
                           session.isInVm.reset();
                           delegates_.hosts.at(host)->detachVolume(context, session);
                         },
                     .insistence = engine::Insistence::UntilAnswered});
  }
  steps.push_back({.name = "attachVolume",
                   .delegate = delegates_.nameOf(host),
                   .act =
                       [this, host](const OperationContext& context) {
                         requireInNoOtherVm(delegates_, context.requestId, context_);
                         place_ =
                             delegates_.hosts.at(host)->attachVolume(context, engine::vmAttachment(context_));
                       },
                   .insistence = engine::Insistence::UntilAnswered});
  return steps;
}

void RestoreAttachment::commit(metadata::MetadataWriter& tx) {
  tx.markExport(context_.volumeId, false);
  if (place_) {
    const Attachment before = tx.findAttachment(context_.volumeId).value().attachment;
    tx.placeAttachment(context_.volumeId, context_.exported, *place_,
                       before.attachTime.value_or(metadata::now()));
  }
  tx.setVolumeReason(context_.volumeId, std::nullopt);
}

void RestoreAttachment::abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) {
  if (!cause) return;
  tx.setVolumeReason(context_.volumeId,
                     std::string(context_.restoresDevice ? "its VM has lost it" : "it is not exported") +
                         ", and it cannot be restored: " + cause->what() +
                         "; the next reconciliation tries again");
}

}  // namespace vbs::workflows
