#include "vbs_service/workflows/force_detach.h"

#include <utility>

#include "vbs_service/engine/refusals.h"
#include "vbs_service/workflows/attach_volume.h"
#include "vbs_service/workflows/clean_host.h"
#include "vbs_service/workflows/replaced_operation.h"

namespace vbs::workflows {
namespace {

bool hasAskedTheHost(const metadata::Operation& operation, const engine::Context& context) {
  return context.vmmHostname &&
         (operation.kind != AttachVolume::kKind || operation.step == AttachVolume::kHostStep);
}

}  // namespace

void ForceDetach::check(const metadata::MetadataReader& tx, const VolumeId& volumeId) {
  const Volume volume = tx.volume(volumeId);
  if (!volume.attachment) engine::refuse(volume, "detached");
}

std::shared_ptr<ForceDetach> ForceDetach::reserve(metadata::MetadataWriter& tx,
                                                  const engine::Delegates& delegates,
                                                  const VolumeId& volumeId,
                                                  const std::optional<OperationId>& stuck) {
  check(tx, volumeId);
  const metadata::AttachmentRecord record = tx.findAttachment(volumeId).value();
  engine::Context context{.volumeId = volumeId,
                          .vmmHostname = record.attachment.vmmHostname,
                          .vmId = record.attachment.vmId,
                          .vmDevice = record.attachment.vmDevice,
                          .target = record.target,
                          .exported = record.exported,
                          .isInVm = record.isInVm,
                          .lostHost = record.attachment.vmmHostname};
  if (const auto owner = tx.operationOn(volumeId.str())) {
    if (!stuck || owner->id != *stuck) {
      throw Error(ErrorCode::IncorrectState,
                  "volume " + volumeId.str() + " is in the hands of " + owner->kind + " " + owner->id.str() +
                      " right now: ask again in a moment",
                  volumeId.str());
    }
    const engine::Context before = engine::contextFromJson(owner->context);
    context.exported = before.exported;  // the attachment's row has it only once it is attached
    context.replacedOperation = before.replacedOperation ? before.replacedOperation : owner->id;
    if (!hasAskedTheHost(*owner, before)) context.vmmHostname.reset();
    tx.closeOperation(owner->id);
  }
  if (tx.volume(volumeId).status == VolumeStatus::InUse) {
    tx.moveVolume(volumeId, VolumeStatus::InUse, VolumeStatus::Detaching);
    tx.moveAttachment(volumeId, AttachmentStatus::Attached, AttachmentStatus::Detaching);
  }
  return std::make_shared<ForceDetach>(delegates, std::move(context));
}

std::optional<VmmHostname> ForceDetach::lostHost() const {
  return context_.lostHost ? context_.lostHost : context_.vmmHostname;
}

std::vector<engine::Step> ForceDetach::steps() {
  return {{.name = "unexportVolume",
           .delegate = engine::Delegates::kVolumesName,
           .act =
               [this](const OperationContext& context) {
                 const auto unexport = [this](const OperationContext& operation) {
                   delegates_.volumeServers.at(volumeServer())
                       .unexportVolume(operation, context_.volumeId, context_.target, lostHost());
                 };
                 undoReplaced(context_, context, unexport);
                 unexport(context);
               },
           .insistence = engine::Insistence::UntilDone}};
}

void ForceDetach::commit(metadata::MetadataWriter& tx) {
  result_ = tx.findAttachment(context_.volumeId).value().attachment;
  const VolumeStatus status = tx.volume(context_.volumeId).status;
  tx.eraseAttachment(context_.volumeId, result_->status);
  tx.moveVolume(context_.volumeId, status, VolumeStatus::Available);
  if (context_.vmmHostname) cleaning_ = CleanHost::owe(tx, context_);
}

}  // namespace vbs::workflows
