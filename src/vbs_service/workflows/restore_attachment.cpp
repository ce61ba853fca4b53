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
  return std::make_shared<RestoreAttachment>(
      delegates, RestoreAttachmentParameters{.vmmHostname = lost.attachment.vmmHostname,
                                             .volume = attachedVolume(tx, lost),
                                             .restoresDevice = extent.atHost,
                                             .reconnects = extent.reconnect,
                                             .place = std::nullopt});
}

std::span<const RestoreAttachment::Step> RestoreAttachment::steps() {
  static constexpr Step kSteps[] = {
      {"exportVolume", At::VolumeServer, &RestoreAttachment::exportVolume, kNoWayBack,
       Insistence::UntilAnswered},
      {"disconnectHost", At::VmHost, &RestoreAttachment::disconnectHost, kNoWayBack,
       Insistence::UntilAnswered, &RestoreAttachment::reconnects},
      {"attachVolume", At::VmHost, &RestoreAttachment::attachVolume, kNoWayBack, Insistence::UntilAnswered,
       &RestoreAttachment::restoresDevice},
  };
  return kSteps;
}

void RestoreAttachment::exportVolume(const OperationContext& context) {
  const VolumeExport now =
      volumes().exportVolume(context, volumeId(), parameters_.volume.target, parameters_.vmmHostname);
  // A host that is still connected is so by the way it was given before.
  if (restoresDevice()) parameters_.volume.exported = now;
}

void RestoreAttachment::disconnectHost(const OperationContext& context) {
  VmAttachment session = vmAttachment(parameters_.volume);
  session.vmId.reset();  // the delegate looks again whether a VM has it
  session.vmDevice.reset();
  session.isInVm.reset();
  host()->detachVolume(context, session);
}

void RestoreAttachment::attachVolume(const OperationContext& context) {
  requireInNoOtherVm(delegates_, context.requestId, parameters_.vmmHostname, parameters_.volume);
  parameters_.place = host()->attachVolume(context, vmAttachment(parameters_.volume));
}

void RestoreAttachment::commit(metadata::MetadataWriter& tx) {
  tx.markExport(volumeId(), false);
  if (parameters_.place) {
    const Attachment before = tx.findAttachment(volumeId()).value().attachment;
    tx.placeAttachment(volumeId(), parameters_.volume.exported, *parameters_.place,
                       before.attachTime.value_or(tx.now()));
  }
  tx.setVolumeReason(volumeId(), std::nullopt);
}

void RestoreAttachment::abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) {
  if (!cause) return;
  tx.setVolumeReason(volumeId(), std::string(restoresDevice() ? "its VM has lost it" : "it is not exported") +
                                     ", and it cannot be restored: " + cause->what() +
                                     "; the next reconciliation tries again");
}

}  // namespace vbs::workflows
