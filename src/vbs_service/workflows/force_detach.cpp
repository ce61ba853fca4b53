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
  std::optional<OperationId> replacedOperation;

  static constexpr auto fields() {
    using engine::field;
    return std::tuple{field("vmmHostname", &Replaced::vmmHostname), engine::inlined(&Replaced::exported),
                      field("replacedOperation", &Replaced::replacedOperation)};
  }
};

bool hasAskedTheHost(const metadata::Operation& operation, const Replaced& replaced) {
  return replaced.vmmHostname &&
         (operation.kind != AttachVolume::kKind.name || operation.step == AttachVolume::kHostStep);
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
  const VmmHostname& host = record.attachment.vmmHostname;
  ForceDetachParameters parameters{
      .volume = attachedVolume(tx, record), .vmmHostname = host, .lostHost = host};
  std::optional<OperationId> replacedOperation;
  if (const auto owner = tx.operationOn(volumeId.str())) {
    if (!stuck || owner->id != *stuck) {
      throw Error(ErrorCode::IncorrectState,
                  "volume " + volumeId.str() + " is " + inWords(*owner) + " right now: ask again in a moment",
                  volumeId.str());
    }
    const auto replaced = engine::fieldsOf<Replaced>(*owner);
    parameters.volume.exported = replaced.exported;  // the attachment's row has it only once it is attached
    if (!hasAskedTheHost(*owner, replaced)) parameters.vmmHostname.reset();
    replacedOperation = replaced.replacedOperation.value_or(owner->id);
    tx.closeOperation(owner->id);
  }
  if (tx.volume(volumeId).status == VolumeStatus::InUse) {
    tx.moveVolume(volumeId, VolumeStatus::InUse, VolumeStatus::Detaching);
    tx.moveAttachment(volumeId, AttachmentStatus::Attached, AttachmentStatus::Detaching);
  }
  auto workflow = std::make_shared<ForceDetach>(delegates, std::move(parameters));
  if (replacedOperation) workflow->replace(*replacedOperation);
  return workflow;
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
  auto cleaning = CleanHost::owed(delegates_, *parameters_.vmmHostname, parameters_.volume);
  if (const auto& replaced = bookkeeping().replacedOperation) cleaning->replace(*replaced);
  return cleaning;
}

}  // namespace vbs::workflows
