#include "vbs_service/workflows/detach_volume.h"

#include "vbs_service/engine/refusals.h"
#include "vbs_service/workflows/look_at_host.h"

namespace vbs::workflows {
namespace {

/// Runs `body`. Why a command refused, or the delegate as it is another one than the call is for,
/// which another try would not change; nothing when all went well.
template <class Body>
std::optional<std::string> refusedBy(Body body) {
  try {
    body();
    return std::nullopt;
  } catch (const Error& error) {
    // A command that was killed or stopped may do better another time.
    const bool isRefusedByCommand =
        error.code() == ErrorCode::CommandFailed && error.command() && error.command()->exitCode.has_value();
    if (!isRefusedByCommand && error.code() != ErrorCode::IncorrectState) throw;
    return error.what();
  }
}

}  // namespace

void DetachVolume::check(const metadata::MetadataReader& tx, const VolumeId& volumeId) {
  const Volume volume = tx.volume(volumeId);
  if (volume.status != VolumeStatus::InUse) engine::refuse(volume, "detached");
}

std::shared_ptr<DetachVolume> DetachVolume::reserve(metadata::MetadataWriter& tx,
                                                    const engine::Delegates& delegates,
                                                    const VolumeId& volumeId) {
  check(tx, volumeId);
  tx.moveVolume(volumeId, VolumeStatus::InUse, VolumeStatus::Detaching);
  tx.moveAttachment(volumeId, AttachmentStatus::Attached, AttachmentStatus::Detaching);
  const metadata::AttachmentRecord record = tx.findAttachment(volumeId).value();
  return std::make_shared<DetachVolume>(delegates,
                                        engine::Context{.volumeId = volumeId,
                                                        .size = tx.volume(volumeId).size,
                                                        .vmmHostname = record.attachment.vmmHostname,
                                                        .vmId = record.attachment.vmId,
                                                        .vmDevice = record.attachment.vmDevice,
                                                        .target = record.target,
                                                        .exported = record.exported,
                                                        .isInVm = record.isInVm});
}

std::vector<engine::Step> DetachVolume::steps() {
  const VmmHostname& host = context_.vmmHostname.value();
  return {{.name = "exportVolume",
           .delegate = engine::Delegates::kVolumesName,
           // A host lets go of a target only while it is there. A volume that cannot be exported any more is
           // detached all the same. By which way it is exported now is of no interest: the host is connected
           // by the one that it was given.
           .act =
               [this, host](const OperationContext& context) {
                 refusedBy([&] {
                   delegates_.volumeServers.at(volumeServer())
                       .exportVolume(context, context_.volumeId, context_.target, host);
                   isExported_ = true;
                 });
               },
           // It is to be exported, as it was. What was cut off in the middle may have left half of a target.
           .undo =
               [this](const OperationContext& /*context*/) {
                 isExportUncertain_ = !isExported_;
                 if (isExported_ || missing_) return;
                 missing_ = "whether it is still exported is not certain; the next reconciliation sees to it";
               }},
          {.name = "detachVolume",
           .delegate = delegates_.nameOf(host),
           .act =
               [this, host](const OperationContext& context) {
                 delegates_.hosts.at(host)->detachVolume(context, engine::vmAttachment(context_));
               },
           .undo = [this](const OperationContext& context) { attachAgain(context); }},
          {.name = "unexportVolume",
           .delegate = engine::Delegates::kVolumesName,
           .act =
               [this](const OperationContext& context) {
                 delegates_.volumeServers.at(volumeServer())
                     .unexportVolume(context, context_.volumeId, context_.target, std::nullopt);
               },
           .undo =
               [this](const OperationContext& context) {
                 refusedBy([&] { exportAgain(context); });  // attachAgain tells of what that leaves missing
               }}};
}

void DetachVolume::exportAgain(const OperationContext& context) {
  isExported_ = false;
  context_.exported =
      delegates_.volumeServers.at(volumeServer())
          .exportVolume(context, context_.volumeId, context_.target, context_.vmmHostname.value());
  isExported_ = true;
}

void DetachVolume::attachAgain(const OperationContext& context) {
  const auto attach = [&] {
    requireInNoOtherVm(delegates_, context.requestId, context_);
    place_ = delegates_.hosts.at(context_.vmmHostname.value())
                 ->attachVolume(context, engine::vmAttachment(context_));
  };
  missing_.reset();
  try {
    attach();
  } catch (const Error&) {
    // The target may have been lost meanwhile, which is no step's doing; a host may even hang without it.
    const auto refused = refusedBy([&] {
      exportAgain(context);
      attach();
    });
    if (refused) missing_ = "it is missing in its VM: " + *refused + "; the next reconciliation tries again";
  }
}

void DetachVolume::commit(metadata::MetadataWriter& tx) {
  result_ = tx.findAttachment(context_.volumeId).value().attachment;
  delegates_.lastSurvey.seeGone(result_.value().vmmHostname, context_.volumeId);
  tx.eraseAttachment(context_.volumeId, AttachmentStatus::Detaching);
  tx.moveVolume(context_.volumeId, VolumeStatus::Detaching, VolumeStatus::Available);
}

void DetachVolume::abandon(metadata::MetadataWriter& tx, const std::optional<Error>& /*cause*/) {
  tx.markExport(context_.volumeId, isExportUncertain_);
  if (place_) {
    const Attachment before = tx.findAttachment(context_.volumeId).value().attachment;
    tx.placeAttachment(context_.volumeId, context_.exported, *place_,
                       before.attachTime.value_or(metadata::now()));
  }
  tx.moveAttachment(context_.volumeId, AttachmentStatus::Detaching, AttachmentStatus::Attached);
  tx.moveVolume(context_.volumeId, VolumeStatus::Detaching, VolumeStatus::InUse, missing_);
}

}  // namespace vbs::workflows
