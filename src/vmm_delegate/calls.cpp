#include "vmm_delegate/calls.h"

#include <string>

#include "common/delegate/listing.h"
#include "common/model/error.h"
#include "vmm_delegate/attach.h"
#include "vmm_delegate/host_device.h"
#include "vmm_delegate/take_back.h"
#include "vmm_delegate/vm_host_listing.h"

namespace vbs::vmm_delegate::calls {

using command::Action;
using command::Parameters;
using delegate::Call;

namespace {

Parameters attachmentParameters(const VmAttachment& attachment) {
  Parameters parameters;
  parameters.set("volumeId", attachment.volumeId.str());
  if (attachment.vmId) parameters.set("vmId", attachment.vmId->str());
  if (attachment.vmDevice) parameters.set("vmDev", attachment.vmDevice->str());
  if (attachment.targetName) parameters.set("targetName", attachment.targetName->str());
  if (attachment.portal) parameters.set("portal", attachment.portal->str());
  if (attachment.lun) parameters.set("lun", std::to_string(attachment.lun->number()));
  if (attachment.size) {
    parameters.set("sizeGiB", std::to_string(attachment.size->count()))
        .set("sizeBytes", std::to_string(attachment.size->bytes()));
  }
  return parameters;
}

/// `disconnects`: the call has what disconnecting needs.
void checkDetach(const VmAttachment& attachment, bool disconnects) {
  if (attachment.vmDevice && !attachment.vmId) {
    throw Error(ErrorCode::InvalidParameter,
                "detachVolume names device " + attachment.vmDevice->str() + " and not the vmId of its VM",
                attachment.volumeId.str());
  }
  if (attachment.vmId || disconnects) return;
  throw Error(ErrorCode::InvalidParameter,
              "detachVolume names no vmId, and nothing that this host could be disconnected from",
              attachment.volumeId.str());
}

}  // namespace

VmPlace attachVolume(Call& call, const OperationId& operationId, const VmAttachment& attachment,
                     PriorFindings& findings) {
  call.parameters().add(attachmentParameters(attachment));
  return Attach(call, operationId, attachment, findings).run();
}

VmRelease detachVolume(Call& call, const OperationId& operationId, const VmAttachment& attachment,
                       const PriorFindings& findings) {
  call.parameters().add(attachmentParameters(attachment));
  checkDetach(attachment, canDisconnect(call));
  if (!lacksTarget(call)) {
    if (const auto device = expectedDevice(call.file(), call.parameters()))
      call.parameters().set("vmmDev", *device);
  }
  if (attachment.before) {
    const PriorFinding before = findings.refined(operationId, *attachment.before);
    takeBack(call, attachment, before, attachment.vmId.has_value());
    return {.isConnected = before.session == Presence::Present || before.device == Presence::Present};
  }
  if (attachment.vmId) takeFromVm(call, attachment);
  disconnectHost(call, attachment, attachment.vmId.has_value());
  return {};
}

VmHostInventory inventory(Call& call) {
  VmHostInventory inventory;
  if (call.has(Action::HostConnect)) {
    inventory.sessions = delegate::listed(call, Action::ListSessions, sessionsIn);
  }
  if (call.has(Action::VmAttach)) inventory.devices = delegate::listed(call, Action::ListDevices, devicesIn);
  return inventory;
}

}  // namespace vbs::vmm_delegate::calls
