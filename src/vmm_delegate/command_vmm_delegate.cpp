#include "vmm_delegate/command_vmm_delegate.h"

#include <utility>

#include "common/delegate/listing.h"
#include "common/delegate/log_context.h"
#include "common/model/error.h"
#include "vmm_delegate/attach.h"
#include "vmm_delegate/host_device.h"
#include "vmm_delegate/take_back.h"
#include "vmm_delegate/vm_host_listing.h"

namespace vbs::vmm_delegate {

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

void checkAttach(const VmAttachment& attachment) {
  if (attachment.vmId && attachment.vmDevice) return;
  throw Error(ErrorCode::InvalidParameter, "attachVolume needs a vmId and a vmDevice",
              attachment.volumeId.str());
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

CommandVmmDelegate::CommandVmmDelegate(command::LiveCommandFile& file, command::CommandRunner& runner,
                                       Settings settings)
    : file_(file),
      runner_(runner),
      settings_(std::move(settings)),
      admission_(settings_.identity, settings_.patience) {}

/// The call as it begins: with the patterns that are in force now.
template <class Context>
Call CommandVmmDelegate::begin(const Context& context, Parameters parameters, const std::string& resource) {
  return {runner_, file_.current(), std::move(parameters), resource, delegate::logContext(context)};
}

VmmDelegateDescription CommandVmmDelegate::describeDelegate(const RequestId& /*requestId*/,
                                                            const Commander& service) {
  return {.version = settings_.version,
          .identity = {.id = settings_.identity, .otherCommanders = commanders_.hear(service)}};
}

VmPlace CommandVmmDelegate::attachVolume(const OperationContext& context, const VmAttachment& attachment) {
  checkAttach(attachment);
  Call call = begin(context, attachmentParameters(attachment), attachment.volumeId.str());
  auto pass = admission_.enter(context, {attachment.volumeId.str()});
  return call.carryOut(pass, [&] { return Attach(call, context, attachment, priorFindings_).run(); });
}

VmRelease CommandVmmDelegate::detachVolume(const OperationContext& context, const VmAttachment& attachment) {
  Call call = begin(context, attachmentParameters(attachment), attachment.volumeId.str());
  auto pass = admission_.enter(context, {attachment.volumeId.str()});
  return call.carryOut(pass, [&]() -> VmRelease {
    checkDetach(attachment, canDisconnect(call));
    if (!lacksTarget(call)) {
      if (const auto device = expectedDevice(call.file(), call.parameters()))
        call.parameters().set("vmmDev", *device);
    }
    if (attachment.before) {
      const PriorFinding before = priorFindings_.refined(context.operationId, *attachment.before);
      takeBack(call, attachment, before, attachment.vmId.has_value());
      return {.isConnected = before.session == Presence::Present || before.device == Presence::Present};
    }
    if (attachment.vmId) takeFromVm(call, attachment);
    disconnectHost(call, attachment);
    return {};
  });
}

VmHostInventory CommandVmmDelegate::inventory(const RequestId& requestId) {
  Call call = begin(requestId, {}, {});
  VmHostInventory inventory;
  if (call.has(Action::HostConnect)) {
    inventory.sessions = delegate::listed(call, Action::ListSessions, sessionsIn);
  }
  if (call.has(Action::VmAttach)) inventory.devices = delegate::listed(call, Action::ListDevices, devicesIn);
  return inventory;
}

}  // namespace vbs::vmm_delegate
