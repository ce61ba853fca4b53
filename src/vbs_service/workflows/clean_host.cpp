#include "vbs_service/workflows/clean_host.h"

#include <algorithm>

#include "vbs_service/workflows/replaced_operation.h"

namespace vbs::workflows {
namespace {

metadata::HostCleaning cleaningOf(const OperationId& id, const engine::Context& context) {
  return {.operationId = id,
          .volumeId = context.volumeId,
          .vmmHostname = context.vmmHostname.value(),
          .vmId = context.vmId,
          .vmDevice = context.vmDevice,
          .wasFound = context.wasFound};
}

}  // namespace

OperationId CleanHost::owe(metadata::MetadataWriter& tx, const engine::Context& attached) {
  OperationId id = tx.newOperationId();
  tx.openOperation({.id = id,
                    .kind = std::string(kKind),
                    .resource = metadata::resourceOf(attached.volumeId.str()),
                    .isExclusive = false,
                    .step = "detachVolume",
                    .context = toJson(attached),
                    .requestId = RequestId(id.str())});
  tx.oweCleaning(cleaningOf(id, attached));
  return id;
}

std::shared_ptr<CleanHost> CleanHost::reserve(metadata::MetadataWriter& tx,
                                              const engine::Delegates& delegates,
                                              const engine::Context& found) {
  const VmmHostname& host = found.vmmHostname.value();
  const auto record = tx.findAttachment(found.volumeId);
  const bool isAttachedThere = record && record->attachment.vmmHostname == host;
  const bool isDeviceTaken =
      found.vmId && found.vmDevice && tx.volumeAt(host, *found.vmId, *found.vmDevice).has_value();
  const auto owed = tx.hostCleaningsAt(host);
  const bool isOwed = std::any_of(owed.begin(), owed.end(), [&](const metadata::HostCleaning& cleaning) {
    return cleaning.volumeId == found.volumeId;
  });
  if (isAttachedThere || isDeviceTaken || isOwed || tx.operationOn(found.volumeId.str())) {
    throw Error(ErrorCode::IncorrectState,
                "volume " + found.volumeId.str() + " is not at " + host.str() + " as it was found",
                found.volumeId.str());
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
  tx.oweCleaning(cleaningOf(id, context_));
}

std::vector<engine::Step> CleanHost::steps() {
  const VmmHostname& host = context_.vmmHostname.value();
  return {
      {.name = "detachVolume",
       .delegate = delegates_.nameOf(host),
       .act =
           [this, host](OperationContext context) {
             context.undo = true;
             const auto detach = [&](const OperationContext& operation) {
               delegates_.hosts.at(host)->detachVolume(operation, engine::vmAttachment(context_));
             };
             // All of it: the user asked for that, or it is a stray for certain.
             undoReplaced(context_, context, detach);
             detach(context);
           },
       // What was found is found again by the next reconciliation.
       .insistence = context_.wasFound ? engine::Insistence::UntilAnswered : engine::Insistence::UntilDone}};
}

void CleanHost::commit(metadata::MetadataWriter& /*tx*/) {
  // A stray may have more at the host than was found.
  if (!context_.wasFound) delegates_.lastSurvey.seeGone(context_.vmmHostname.value(), context_.volumeId);
}

void CleanHost::abandon(metadata::MetadataWriter& /*tx*/, const std::optional<Error>& /*cause*/) {}

void CleanHost::setReason(metadata::MetadataWriter& /*tx*/, const std::string& /*reason*/) {
  // The volume has its own life; the journal and the log say what is owed.
}

}  // namespace vbs::workflows
