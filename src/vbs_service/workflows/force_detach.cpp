#include "vbs_service/workflows/force_detach.h"

#include "vbs_service/engine/refusals.h"
#include "vbs_service/workflows/attach_volume.h"
#include "vbs_service/workflows/clean_host.h"
#include "vbs_service/workflows/resume.h"

namespace vbs::workflows {
namespace {

/// What is taken over of the operation that is replaced, of whatever kind it is.
struct Replaced {
  std::optional<VmmHostname> vmmHostname;
  VolumeExport exported;

  static constexpr auto fields() {
    using engine::field;
    return std::tuple{field("vmmHostname", &Replaced::vmmHostname), engine::inlined(&Replaced::exported)};
  }
};

bool hasAskedTheHost(const metadata::Operation& operation, const Replaced& replaced) {
  return replaced.vmmHostname &&
         (operation.kind != AttachVolume::kKind.name || operation.step == AttachVolume::kHostStep);
}

}  // namespace

metadata::AttachmentRecord ForceDetach::check(const metadata::MetadataReader& tx, const VolumeId& volumeId) {
  const Volume volume = tx.volume(volumeId);
  if (!volume.attachment) engine::refuse(volume, "detached");
  return tx.findAttachment(volumeId).value();
}

std::shared_ptr<ForceDetach> ForceDetach::reserve(metadata::MetadataWriter& tx,
                                                  const engine::Delegates& delegates,
                                                  const metadata::AttachmentRecord& asked,
                                                  const std::optional<OperationId>& stuck) {
  const VolumeId& volumeId = asked.attachment.volumeId;
  const metadata::AttachmentRecord record = check(tx, volumeId);
  if (record.id != asked.id) engine::refuseOvertaken(volumeId);
  const VmmHostname& host = record.attachment.vmmHostname;
  ForceDetachParameters parameters{
      .volume = attachedVolume(tx, record), .vmmHostname = host, .lostHost = host};
  if (const auto owner = tx.operationOn(volumeId.str())) {
    if (!stuck || owner->id != *stuck) {
      throw Error(ErrorCode::IncorrectState,
                  "volume " + volumeId.str() + " is " + inWords(*owner) + " right now: ask again in a moment",
                  volumeId.str());
    }
    const auto replaced = engine::fieldsOf<Replaced>(*owner);
    parameters.volume.exported = replaced.exported;  // the attachment's row has it only once it is attached
    if (!hasAskedTheHost(*owner, replaced)) parameters.vmmHostname.reset();
    tx.closeOperation(owner->id);
  }
  if (tx.volume(volumeId).status == VolumeStatus::InUse) {
    tx.moveVolume(volumeId, VolumeStatus::InUse, VolumeStatus::Detaching);
    tx.moveAttachment(volumeId, AttachmentStatus::Attached, AttachmentStatus::Detaching);
  }
  return std::make_shared<ForceDetach>(delegates, std::move(parameters));
}

std::span<const ForceDetach::Step> ForceDetach::steps() {
  static constexpr Step kSteps[] = {
      {"unexportVolume", At::VolumeServer, &ForceDetach::unexportVolume, kNoWayBack, Insistence::UntilDone},
  };
  return kSteps;
}

void ForceDetach::unexportVolume(const OperationContext& context) {
  volumes().unexportVolume(context, volumeId(), parameters_.volume.target, lostHost());
}

std::optional<VmmHostname> ForceDetach::lostHost() const {
  return parameters_.lostHost ? parameters_.lostHost : parameters_.vmmHostname;
}

Attachment ForceDetach::commit(metadata::MetadataWriter& tx) {
  const Attachment attachment = tx.findAttachment(volumeId()).value().attachment;
  tx.eraseAttachment(volumeId(), attachment.status);
  tx.moveVolume(volumeId(), tx.volume(volumeId()).status, VolumeStatus::Available);
  return attachment;
}

std::shared_ptr<engine::Workflow> ForceDetach::followUp() {
  if (!parameters_.vmmHostname) return nullptr;
  return CleanHost::owed(delegates_, *parameters_.vmmHostname, parameters_.volume);
}

}  // namespace vbs::workflows
