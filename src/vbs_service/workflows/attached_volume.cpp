#include "vbs_service/workflows/attached_volume.h"

namespace vbs::workflows {

AttachedVolume attachedVolume(const metadata::MetadataReader& tx, const metadata::AttachmentRecord& record) {
  const Attachment& attachment = record.attachment;
  return {.volumeId = attachment.volumeId,
          .size = tx.volume(attachment.volumeId).size,
          .vmId = attachment.vmId,
          .vmDevice = attachment.vmDevice,
          .target = record.target,
          .exported = record.exported,
          .isInVm = record.isInVm};
}

VmAttachment vmAttachment(const AttachedVolume& volume) {
  VmAttachment attachment{.volumeId = volume.volumeId,
                          .targetName = std::nullopt,
                          .portal = volume.exported.portal,
                          .lun = volume.exported.lun,
                          .vmId = volume.vmId,
                          .vmDevice = volume.vmDevice,
                          .size = volume.size,
                          .isInVm = volume.isInVm};
  if (volume.target) attachment.targetName = volume.target->targetName;
  return attachment;
}

void addSize(AttachedVolume& volume, const metadata::MetadataReader& tx) {
  if (volume.size) return;
  if (const auto known = tx.findVolume(volume.volumeId)) volume.size = known->size;
}

}  // namespace vbs::workflows
