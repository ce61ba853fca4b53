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

/// Whether the delegate has had the call that ended so.
bool wasHeard(const Error& error) {
  return error.effect() != Effect::Unknown || error.command();
}

}  // namespace

metadata::AttachmentRecord DetachVolume::check(const metadata::MetadataReader& tx, const VolumeId& volumeId) {
  const Volume volume = tx.volume(volumeId);
  if (volume.status != VolumeStatus::InUse) engine::refuse(volume, "detached");
  return tx.findAttachment(volumeId).value();
}

std::shared_ptr<DetachVolume> DetachVolume::reserve(metadata::MetadataWriter& tx,
                                                    const engine::Delegates& delegates,
                                                    const metadata::AttachmentRecord& asked) {
  const VolumeId& volumeId = asked.attachment.volumeId;
  if (check(tx, volumeId).id != asked.id) engine::refuseOvertaken(volumeId);
  tx.moveVolume(volumeId, VolumeStatus::InUse, VolumeStatus::Detaching);
  tx.moveAttachment(volumeId, AttachmentStatus::Attached, AttachmentStatus::Detaching);
  const metadata::AttachmentRecord record = tx.findAttachment(volumeId).value();
  return std::make_shared<DetachVolume>(delegates,
                                        DetachVolumeParameters{.vmmHostname = record.attachment.vmmHostname,
                                                               .volume = attachedVolume(tx, record),
                                                               .isExported = false,
                                                               .place = std::nullopt,
                                                               .missing = std::nullopt,
                                                               .isExportUncertain = false});
}

std::span<const DetachVolume::Step> DetachVolume::steps() {
  static constexpr Step kSteps[] = {
      {"exportVolume", At::VolumeServer, &DetachVolume::seeThatItIsExported, &DetachVolume::exportAsBefore},
      {"detachVolume", At::VmHost, &DetachVolume::detachVolume, &DetachVolume::attachAgain},
      {"unexportVolume", At::VolumeServer, &DetachVolume::unexportVolume, &DetachVolume::exportAgain},
  };
  return kSteps;
}

/// A host lets go of a target only while it is there. A volume that cannot be exported any more is detached
/// all the same. By which way it is exported now is of no interest: the host is connected by the one that it
/// was given.
void DetachVolume::seeThatItIsExported(const OperationContext& context) {
  refusedBy([&] {
    volumes().exportVolume(context, volumeId(), parameters_.volume.target, parameters_.vmmHostname);
    parameters_.isExported = true;
  });
}

/// The roll-back may have been cut off in the middle of another export since that answer.
void DetachVolume::resume(engine::Bookkeeping bookkeeping, metadata::OperationState state) {
  Workflow::resume(std::move(bookkeeping), state);
  if (state == metadata::OperationState::RollingBack) parameters_.isExported = false;
}

/// It is to be exported, as it was. What was cut off in the middle may have left half of a target. And a call
/// without an answer may still be on its way: once the delegate was asked to undo, it lets no such call
/// through.
void DetachVolume::exportAsBefore(const OperationContext& context) {
  if (!parameters_.isExported && !parameters_.missing) exportAgain(context);
  parameters_.isExportUncertain = !parameters_.isExported;
  if (parameters_.isExported || parameters_.missing) return;
  parameters_.missing = "whether it is still exported is not certain; the next reconciliation sees to it";
}

void DetachVolume::detachVolume(const OperationContext& context) {
  host()->detachVolume(context, vmAttachment(parameters_.volume));
}

void DetachVolume::attachAgain(const OperationContext& context) {
  parameters_.place.reset();
  parameters_.missing.reset();
  bool isHeard = false;
  const auto attach = [&] {
    requireInNoOtherVm(delegates_, context.requestId, parameters_.vmmHostname, parameters_.volume);
    try {
      parameters_.place = host()->attachVolume(context, vmAttachment(parameters_.volume));
    } catch (const Error& error) {
      isHeard = isHeard || wasHeard(error);
      throw;
    }
  };
  try {
    attach();
  } catch (const Error&) {
    // The target may have been lost meanwhile, which is no step's doing; a host may even hang without it.
    auto refused = refusedBy([&] { exportVolume(context); });
    if (!refused || !isHeard) {
      // The host is asked where the export is refused, too, until it has heard of the undo: then it lets no
      // detach through that is still on its way.
      const auto refusedByHost = refusedBy(attach);
      if (!refusedByHost) return;
      if (!refused) refused = refusedByHost;
    }
    parameters_.missing = "it is missing in its VM: " + *refused + "; the next reconciliation tries again";
  }
}

void DetachVolume::unexportVolume(const OperationContext& context) {
  volumes().unexportVolume(context, volumeId(), parameters_.volume.target, std::nullopt);
}

void DetachVolume::exportAgain(const OperationContext& context) {
  refusedBy([&] { exportVolume(context); });  // what is undone next tells of what that leaves missing
}

void DetachVolume::exportVolume(const OperationContext& context) {
  parameters_.isExported = false;
  parameters_.volume.exported =
      volumes().exportVolume(context, volumeId(), parameters_.volume.target, parameters_.vmmHostname);
  parameters_.isExported = true;
}

Attachment DetachVolume::commit(metadata::MetadataWriter& tx) {
  const Attachment attachment = tx.findAttachment(volumeId()).value().attachment;
  delegates_.lastSurvey.seeGone(attachment.vmmHostname, volumeId());
  tx.eraseAttachment(volumeId(), AttachmentStatus::Detaching);
  tx.moveVolume(volumeId(), VolumeStatus::Detaching, VolumeStatus::Available);
  return attachment;
}

void DetachVolume::abandon(metadata::MetadataWriter& tx, const std::optional<Error>& /*cause*/) {
  tx.markExport(volumeId(), parameters_.isExportUncertain);
  if (parameters_.place) {
    const Attachment before = tx.findAttachment(volumeId()).value().attachment;
    tx.placeAttachment(volumeId(), parameters_.volume.exported, *parameters_.place,
                       before.attachTime.value_or(tx.now()));
  }
  tx.moveAttachment(volumeId(), AttachmentStatus::Detaching, AttachmentStatus::Attached);
  tx.moveVolume(volumeId(), VolumeStatus::Detaching, VolumeStatus::InUse, parameters_.missing);
}

}  // namespace vbs::workflows
