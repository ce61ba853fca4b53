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
  return std::make_shared<AttachVolume>(delegates, engine::Context{.volumeId = request.volumeId,
                                                                   .size = tx.volume(request.volumeId).size,
                                                                   .vmmHostname = request.vmmHostname,
                                                                   .vmId = request.vmId,
                                                                   .vmDevice = request.vmDevice,
                                                                   .target = target});
}

/// A journal of an older program does not tell what was there before.
VmAttachment AttachVolume::undone() const {
  VmAttachment attachment = engine::vmAttachment(context_);
  if (!attachment.before) attachment.before.emplace();
  return attachment;
}

std::vector<engine::Step> AttachVolume::steps() {
  const VmmHostname& host = context_.vmmHostname.value();
  return {{.name = "inventory",
           .delegate = delegates_.nameOf(host),
           .act =
               [this](const OperationContext& context) {
                 context_.before = lookAtHost(delegates_, context.requestId, context_);
               },
           .undo = [](const OperationContext& /*context*/) {}},
          {.name = "exportVolume",
           .delegate = engine::Delegates::kVolumesName,
           .act =
               [this, host](const OperationContext& context) {
                 context_.exported = delegates_.volumeServers.at(volumeServer())
                                         .exportVolume(context, context_.volumeId, context_.target, host);
               },
           .undo =
               [this](const OperationContext& context) {
                 // A target that the host was or may have been connected to before is not this attach's to
                 // take away: a target daemon may not refuse, and then a VM loses its disk.
                 if (isHostConnected_.value_or(!undone().before->isNothing())) return;
                 delegates_.volumeServers.at(volumeServer())
                     .unexportVolume(context, context_.volumeId, context_.target, std::nullopt);
               }},
          {.name = kHostStep,
           .delegate = delegates_.nameOf(host),
           .act =
               [this, host](const OperationContext& context) {
                 place_ = delegates_.hosts.at(host)->attachVolume(context, engine::vmAttachment(context_));
               },
           .undo =
               [this, host](const OperationContext& context) {
                 try {
                   isHostConnected_ = delegates_.hosts.at(host)->detachVolume(context, undone()).isConnected;
                 } catch (const Error&) {
                   exportForTheHost(context);
                   throw;
                 }
               }}};
}

void AttachVolume::exportForTheHost(const OperationContext& context) {
  try {
    delegates_.volumeServers.at(volumeServer())
        .exportVolume(context, context_.volumeId, context_.target, context_.vmmHostname.value());
  } catch (const Error& error) {
    spdlog::warn("{}: {} request={} operation={}", context_.volumeId.str(), error.what(),
                 context.requestId.str(), context.operationId.str());
  }
}

void AttachVolume::commit(metadata::MetadataWriter& tx) {
  tx.placeAttachment(context_.volumeId, context_.exported, place_, metadata::now());
  tx.moveAttachment(context_.volumeId, AttachmentStatus::Attaching, AttachmentStatus::Attached);
  tx.moveVolume(context_.volumeId, VolumeStatus::Attaching, VolumeStatus::InUse);
  result_ = tx.findAttachment(context_.volumeId).value().attachment;
}

bool AttachVolume::leavesSomething() const {
  return isHostConnected_.value_or(context_.before && !context_.before->isNothing());
}

std::optional<std::string> AttachVolume::shortfall() const {
  if (!leavesSomething()) return std::nullopt;
  return "what " + context_.vmmHostname->str() + " had or may have had of the volume before stays there";
}

void AttachVolume::abandon(metadata::MetadataWriter& tx, const std::optional<Error>& /*cause*/) {
  const VmmHostname& host = context_.vmmHostname.value();
  if (leavesSomething()) {
    const bool isInVm = context_.before && context_.before->device == Presence::Present;
    delegates_.lastSurvey.seeLeft(host, context_.volumeId, isInVm, context_.target);
  } else if (context_.before) {
    delegates_.lastSurvey.seeGone(host, context_.volumeId);
  }
  tx.eraseAttachment(context_.volumeId, AttachmentStatus::Attaching);
  tx.moveVolume(context_.volumeId, VolumeStatus::Attaching, VolumeStatus::Available);
}

}  // namespace vbs::workflows
