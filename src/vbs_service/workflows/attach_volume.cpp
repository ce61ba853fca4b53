#include "vbs_service/workflows/attach_volume.h"

#include <spdlog/spdlog.h>

#include "vbs_service/engine/refusals.h"
#include "vbs_service/workflows/clean_host.h"
#include "vbs_service/workflows/look_at_host.h"

namespace vbs::workflows {

void AttachVolume::check(const metadata::MetadataReader& tx, const AttachVolumeRequest& request) {
  const Volume volume = tx.volume(request.volumeId);
  if (volume.status != VolumeStatus::Available) engine::refuse(volume, "attached");
  tx.requireFreeDevice(request.volumeId, request.vmmHostname, request.vmId, request.vmDevice);
  CleanHost::requireClean(tx, request);
}

void AttachVolume::requireNotSeenElsewhere(const engine::LastSurvey& survey,
                                           const AttachVolumeRequest& request) {
  const auto stray = survey.strayAt(request.volumeId);
  if (!stray || *stray == request.vmmHostname) return;
  throw Error(
      ErrorCode::IncorrectState,
      "volume " + request.volumeId.str() + " was seen in a VM of " + stray->str() +
          ", where it is not attached: both VMs would write to it. \"vbs admin reconcile\" looks again",
      request.volumeId.str());
}

std::shared_ptr<AttachVolume> AttachVolume::reserve(metadata::MetadataWriter& tx,
                                                    const engine::Delegates& delegates,
                                                    const AttachVolumeRequest& request,
                                                    const std::optional<std::string>& targetPrefix) {
  check(tx, request);
  requireNotSeenElsewhere(delegates.lastSurvey, request);
  std::optional<TargetIdentity> target;
  if (targetPrefix) {
    // A target that a failed attach has left has its number.
    const auto kept = delegates.lastSurvey.targetIdOf(request.volumeId);
    const VolumeServerName server = tx.volumeServerOf(request.volumeId.str());
    target = TargetIdentity{.targetId = kept && tx.isTargetIdFree(server, *kept)
                                            ? *kept
                                            : tx.freeTargetId(server, delegates.lastSurvey.targetIds()),
                            .targetName = TargetName(*targetPrefix + ":" + request.volumeId.str())};
  }
  tx.moveVolume(request.volumeId, VolumeStatus::Available, VolumeStatus::Attaching);
  tx.insertAttachment({.volumeId = request.volumeId,
                       .vmmHostname = request.vmmHostname,
                       .vmId = request.vmId,
                       .vmDevice = request.vmDevice,
                       .target = target});
  return std::make_shared<AttachVolume>(
      delegates, AttachVolumeParameters{.vmmHostname = request.vmmHostname,
                                        .volume = {.volumeId = request.volumeId,
                                                   .size = tx.volume(request.volumeId).size,
                                                   .vmId = request.vmId,
                                                   .vmDevice = request.vmDevice,
                                                   .target = target,
                                                   .exported = {},
                                                   .isInVm = std::nullopt},
                                        .before = std::nullopt,
                                        .place = std::nullopt,
                                        .isHostConnected = std::nullopt});
}

std::span<const AttachVolume::Step> AttachVolume::steps() {
  static constexpr Step kSteps[] = {
      {"inventory", At::VmHost, &AttachVolume::lookAtHost, &AttachVolume::nothing},
      {"exportVolume", At::VolumeServer, &AttachVolume::exportVolume, &AttachVolume::unexportVolume},
      {kHostStep, At::VmHost, &AttachVolume::attachVolume, &AttachVolume::detachVolume},
  };
  return kSteps;
}

void AttachVolume::lookAtHost(const OperationContext& context) {
  parameters_.before =
      workflows::lookAtHost(delegates_, context.requestId, parameters_.vmmHostname, parameters_.volume);
}

void AttachVolume::exportVolume(const OperationContext& context) {
  parameters_.volume.exported =
      volumes().exportVolume(context, volumeId(), parameters_.volume.target, parameters_.vmmHostname);
}

void AttachVolume::unexportVolume(const OperationContext& context) {
  // A target that the host was or may have been connected to before is not this attach's to take away: a
  // target daemon may not refuse, and then a VM loses its disk. The delegate is called all the same, so that
  // it lets no call through that is still on its way.
  if (parameters_.isHostConnected.value_or(!before().isNothing())) {
    keepExported(context);
    return;
  }
  volumes().unexportVolume(context, volumeId(), parameters_.volume.target, std::nullopt);
}

void AttachVolume::attachVolume(const OperationContext& context) {
  parameters_.place = host()->attachVolume(context, attachment(parameters_.before));
}

void AttachVolume::detachVolume(const OperationContext& context) {
  try {
    parameters_.isHostConnected = host()->detachVolume(context, attachment(before())).isConnected;
  } catch (const Error&) {
    exportForTheHost(context);
    throw;
  }
}

void AttachVolume::keepExported(const OperationContext& context) {
  try {
    volumes().exportVolume(context, volumeId(), parameters_.volume.target, parameters_.vmmHostname);
  } catch (const Error& error) {
    // That it is heard is what counts: a refusal is an answer.
    if (error.effect() == Effect::Unknown && !error.command()) throw;
  }
}

void AttachVolume::exportForTheHost(const OperationContext& context) {
  try {
    volumes().exportVolume(context, volumeId(), parameters_.volume.target, parameters_.vmmHostname);
  } catch (const Error& error) {
    spdlog::warn("{}: {} request={} operation={}", volumeId().str(), error.what(), context.requestId.str(),
                 context.operationId.str());
  }
}

VmAttachment AttachVolume::attachment(const std::optional<PriorFinding>& prior) const {
  VmAttachment attachment = vmAttachment(parameters_.volume);
  attachment.before = prior;
  return attachment;
}

Attachment AttachVolume::commit(metadata::MetadataWriter& tx) {
  tx.placeAttachment(volumeId(), parameters_.volume.exported, parameters_.place.value(), tx.now());
  tx.moveAttachment(volumeId(), AttachmentStatus::Attaching, AttachmentStatus::Attached);
  tx.moveVolume(volumeId(), VolumeStatus::Attaching, VolumeStatus::InUse);
  return tx.findAttachment(volumeId()).value().attachment;
}

bool AttachVolume::leavesSomething() const {
  return parameters_.isHostConnected.value_or(parameters_.before && !parameters_.before->isNothing());
}

std::optional<std::string> AttachVolume::shortfall() const {
  if (!leavesSomething()) return std::nullopt;
  return "what " + parameters_.vmmHostname.str() + " had or may have had of the volume before stays there";
}

void AttachVolume::abandon(metadata::MetadataWriter& tx, const std::optional<Error>& /*cause*/) {
  const VmmHostname& host = parameters_.vmmHostname;
  if (leavesSomething()) {
    const bool isInVm = parameters_.before && parameters_.before->device == Presence::Present;
    delegates_.lastSurvey.seeLeft(host, volumeId(), isInVm, parameters_.volume.target);
  } else if (parameters_.before) {
    delegates_.lastSurvey.seeGone(host, volumeId());
  }
  tx.eraseAttachment(volumeId(), AttachmentStatus::Attaching);
  tx.moveVolume(volumeId(), VolumeStatus::Attaching, VolumeStatus::Available);
}

}  // namespace vbs::workflows
