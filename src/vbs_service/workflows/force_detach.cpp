#include "vbs_service/workflows/force_detach.h"

#include "vbs_service/workflows/clean_host.h"
#include "vbs_service/workflows/refusals.h"

namespace vbs::workflows {

void ForceDetach::check(const metadata::MetadataReader& tx, const VolumeId& volumeId) {
  const Volume volume = tx.volume(volumeId);
  if (!volume.attachment) refuse(volume, "detached");
}

std::shared_ptr<ForceDetach> ForceDetach::reserve(metadata::MetadataWriter& tx, const Delegates& delegates,
                                                  const VolumeId& volumeId,
                                                  const std::optional<OperationId>& stuck) {
  check(tx, volumeId);
  std::optional<OperationId> hostOperation;
  if (const auto owner = tx.operationOn(volumeId.str())) {
    if (!stuck || owner->id != *stuck) {
      throw Error(ErrorCode::IncorrectState,
                  "volume " + volumeId.str() + " is in the hands of " + owner->kind + " " + owner->id.str() +
                      " right now: ask again in a moment",
                  volumeId.str());
    }
    const Context before = contextFromJson(owner->context);
    hostOperation = before.hostOperation ? before.hostOperation : owner->id;
    tx.closeOperation(owner->id);
  }
  if (tx.volume(volumeId).status == VolumeStatus::InUse) {
    tx.moveVolume(volumeId, VolumeStatus::InUse, VolumeStatus::Detaching);
    tx.moveAttachment(volumeId, AttachmentStatus::Attached, AttachmentStatus::Detaching);
  }
  const metadata::AttachmentRecord record = tx.findAttachment(volumeId).value();
  return std::make_shared<ForceDetach>(delegates, Context{.volumeId = volumeId,
                                                          .vmmHostname = record.attachment.vmmHostname,
                                                          .vmId = record.attachment.vmId,
                                                          .vmDevice = record.attachment.vmDevice,
                                                          .target = record.target,
                                                          .exported = record.exported,
                                                          .hostOperation = hostOperation});
}

std::vector<Step> ForceDetach::steps() {
  return {{.name = "unexportVolume",
           .delegate = delegates_.volumesName,
           .act =
               [this](const OperationContext& context) {
                 delegates_.volumes.unexportVolume(context, context_.volumeId, context_.target);
               },
           .insistent = true}};
}

void ForceDetach::commit(metadata::MetadataWriter& tx) {
  result_ = tx.findAttachment(context_.volumeId).value().attachment;
  const VolumeStatus status = tx.volume(context_.volumeId).status;
  tx.eraseAttachment(context_.volumeId, result_->status);
  tx.moveVolume(context_.volumeId, status, VolumeStatus::Available);
  cleaning_ = CleanHost::owe(tx, context_);
}

}  // namespace vbs::workflows
