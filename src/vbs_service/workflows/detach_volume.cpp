#include "vbs_service/workflows/detach_volume.h"

#include "vbs_service/workflows/refusals.h"

namespace vbs::workflows {

void DetachVolume::check(const metadata::MetadataReader& tx, const VolumeId& volumeId) {
  const Volume volume = tx.volume(volumeId);
  if (volume.status != VolumeStatus::InUse) refuse(volume, "detached");
}

std::shared_ptr<DetachVolume> DetachVolume::reserve(metadata::MetadataWriter& tx, const Delegates& delegates,
                                                    const VolumeId& volumeId) {
  check(tx, volumeId);
  tx.moveVolume(volumeId, VolumeStatus::InUse, VolumeStatus::Detaching);
  tx.moveAttachment(volumeId, AttachmentStatus::Attached, AttachmentStatus::Detaching);
  const metadata::AttachmentRecord record = tx.findAttachment(volumeId).value();
  return std::make_shared<DetachVolume>(delegates, Context{.volumeId = volumeId,
                                                           .vmmHostname = record.attachment.vmmHostname,
                                                           .vmId = record.attachment.vmId,
                                                           .vmDevice = record.attachment.vmDevice,
                                                           .target = record.target,
                                                           .exported = record.exported});
}

std::vector<Step> DetachVolume::steps() {
  const VmmHostname& host = context_.vmmHostname.value();
  return {{.name = "detachVolume",
           .delegate = delegates_.nameOf(host),
           .act =
               [this, host](const OperationContext& context) {
                 delegates_.hosts.at(host)->detachVolume(context, vmAttachment(context_));
               },
           .undo =
               [this, host](const OperationContext& context) {
                 hostDevice_ = delegates_.hosts.at(host)->attachVolume(context, vmAttachment(context_));
               }},
          {.name = "unexportVolume",
           .delegate = delegates_.volumesName,
           .act =
               [this](const OperationContext& context) {
                 delegates_.volumes.unexportVolume(context, context_.volumeId, context_.target, std::nullopt);
               },
           .undo =
               [this, host](const OperationContext& context) {
                 context_.exported =
                     delegates_.volumes.exportVolume(context, context_.volumeId, context_.target, host);
               }}};
}

void DetachVolume::commit(metadata::MetadataWriter& tx) {
  result_ = tx.findAttachment(context_.volumeId).value().attachment;
  tx.eraseAttachment(context_.volumeId, AttachmentStatus::Detaching);
  tx.moveVolume(context_.volumeId, VolumeStatus::Detaching, VolumeStatus::Available);
}

void DetachVolume::abandon(metadata::MetadataWriter& tx, const std::optional<Error>& /*cause*/) {
  if (hostDevice_) {
    const Attachment before = tx.findAttachment(context_.volumeId).value().attachment;
    tx.placeAttachment(context_.volumeId, context_.exported, *hostDevice_,
                       before.attachTime.value_or(metadata::now()));
  }
  tx.moveAttachment(context_.volumeId, AttachmentStatus::Detaching, AttachmentStatus::Attached);
  tx.moveVolume(context_.volumeId, VolumeStatus::Detaching, VolumeStatus::InUse);
}

}  // namespace vbs::workflows
