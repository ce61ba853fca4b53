#include "vbs_service/workflows/clean_host.h"

#include <algorithm>

namespace vbs::workflows {

std::shared_ptr<CleanHost> CleanHost::owed(const engine::Delegates& delegates, const VmmHostname& host,
                                           const AttachedVolume& volume) {
  return std::make_shared<CleanHost>(
      delegates, CleanHostParameters{
                     .vmmHostname = host, .volume = volume, .wasFound = false, .foundTarget = std::nullopt});
}

std::shared_ptr<CleanHost> CleanHost::reserve(metadata::MetadataWriter& tx,
                                              const engine::Delegates& delegates,
                                              const CleanHostParameters& found) {
  const VmmHostname& host = found.vmmHostname;
  const VolumeId& id = found.volume.volumeId;
  const auto record = tx.findAttachment(id);
  const bool isAttachedThere = record && record->attachment.vmmHostname == host;
  const bool isDeviceTaken = found.volume.vmId && found.volume.vmDevice &&
                             tx.volumeAt(host, *found.volume.vmId, *found.volume.vmDevice).has_value();
  const auto owed = tx.hostCleaningsAt(host);
  const bool isOwed = std::any_of(owed.begin(), owed.end(), [&](const metadata::HostCleaning& cleaning) {
    return cleaning.volumeId == id;
  });
  if (isAttachedThere || isDeviceTaken || isOwed || tx.operationOn(id.str())) {
    throw Error(ErrorCode::IncorrectState,
                "volume " + id.str() + " is not at " + host.str() + " as it was found", id.str());
  }
  return std::make_shared<CleanHost>(delegates, found);
}

void CleanHost::requireClean(const metadata::MetadataReader& tx, const AttachVolumeRequest& request) {
  for (const metadata::HostCleaning& owed : tx.hostCleaningsAt(request.vmmHostname)) {
    const std::string still =
        "VM host " + request.vmmHostname.str() + " still has to be cleaned of volume " + owed.volumeId.str() +
        (owed.wasFound ? ", which is there without being attached" : ", which was detached by force") +
        "; that is retried until the host answers";
    if (owed.volumeId == request.volumeId) {
      throw Error(ErrorCode::IncorrectState, still, request.volumeId.str());
    }
    if (owed.vmId == request.vmId && owed.vmDevice == request.vmDevice) {
      throw Error(ErrorCode::DeviceInUse, still + ". Name another device meanwhile", request.volumeId.str());
    }
  }
}

void CleanHost::journalled(metadata::MetadataWriter& tx, const OperationId& id) const {
  tx.oweCleaning({.operationId = id,
                  .volumeId = volumeId(),
                  .vmmHostname = parameters_.vmmHostname,
                  .vmId = parameters_.volume.vmId,
                  .vmDevice = parameters_.volume.vmDevice,
                  .wasFound = parameters_.wasFound});
}

std::span<const CleanHost::Step> CleanHost::steps() {
  static constexpr Step kSteps[] = {
      // What was found is found again by the next reconciliation.
      {"detachVolume", At::VmHost, &CleanHost::detachVolume, kNoWayBack, Insistence::UntilAnswered,
       &CleanHost::wasFound},
      {"detachVolume", At::VmHost, &CleanHost::detachVolume, kNoWayBack, Insistence::UntilDone,
       &CleanHost::isOwed},
  };
  return kSteps;
}

/// All of it: the user asked for that, or it is a stray for certain.
void CleanHost::detachVolume(const OperationContext& context) {
  OperationContext undo = context;
  undo.undo = true;
  VmAttachment attachment = vmAttachment(parameters_.volume);
  if (!attachment.targetName) attachment.targetName = parameters_.foundTarget;
  host()->detachVolume(undo, attachment);
}

void CleanHost::commit(metadata::MetadataWriter& /*tx*/) {
  // A stray may have more at the host than was found.
  if (isOwed()) delegates_.lastSurvey.seeGone(parameters_.vmmHostname, volumeId());
}

}  // namespace vbs::workflows
