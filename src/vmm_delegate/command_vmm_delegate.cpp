#include "vmm_delegate/command_vmm_delegate.h"

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <optional>
#include <utility>

#include "common/command/explain.h"
#include "common/delegate/log_context.h"
#include "common/model/error.h"
#include "vmm_delegate/host_device.h"
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

/// Connects the host to the volume and returns where it appeared.
std::string connectHost(Call& call) {
  call.run(Action::HostConnect);
  std::string device = command::hostDevice(call.file(), call.parameters());
  if (isPath(device)) awaitAppearance(device, call.file().hostDevice()->timeout, call.resource());
  return device;
}

/// Whether no more is known of the volume than its device in a VM: the call names no target, and this host
/// connects to volumes by their targets.
bool lacksTarget(const Call& call) {
  return call.parameters().find("targetName") == nullptr && connectsByTarget(call.file());
}

/// Where there is no host.disconnect, nothing made the device appear either.
bool canDisconnect(const Call& call) {
  return call.has(Action::HostDisconnect) && !lacksTarget(call);
}

/// Undoes connectHost, however far it came. Returns once nothing is left of the device: a path that lingers
/// would be taken for the next volume's.
void disconnectHost(Call& call) {
  if (!canDisconnect(call)) return;
  call.run(Action::HostDisconnect);
  const auto device = expectedDevice(call.file(), call.parameters());
  if (device && isPath(*device)) {
    awaitDisappearance(*device, call.file().hostDevice()->timeout, call.resource());
  }
}

}  // namespace

CommandVmmDelegate::CommandVmmDelegate(command::LiveCommandFile& file, command::CommandRunner& runner,
                                       Settings settings)
    : file_(file), runner_(runner), admission_(settings.patience) {}

/// The call as it begins: with the patterns that are in force now.
template <class Context>
Call CommandVmmDelegate::begin(const Context& context, Parameters parameters, const std::string& resource) {
  return {runner_, file_.current(), std::move(parameters), resource, delegate::logContext(context)};
}

std::string CommandVmmDelegate::attachVolume(const OperationContext& context,
                                             const VmAttachment& attachment) {
  checkAttach(attachment);
  Call call = begin(context, attachmentParameters(attachment), attachment.volumeId.str());
  const auto hold = admission_.enter(context, {attachment.volumeId.str()});
  bool mayBeInVm = false;
  try {
    std::string device = connectHost(call);
    call.parameters().set("vmmDev", device);
    call.run(Action::HostCheck);
    mayBeInVm = true;
    call.run(Action::VmAttach);
    return device;
  } catch (const Error& cause) {
    spdlog::warn("attachVolume of {} failed and is undone here: {} {}", call.resource(), cause.what(),
                 delegate::logContext(context));
    try {
      // In this order, and no further than it goes: what the VM still holds must not be torn from under it.
      if (mayBeInVm) call.run(Action::VmDetach);
      disconnectHost(call);
    } catch (const Error& undo) {
      throw cause.withMessage(
          fmt::format("{}; undoing it on this host failed too: {}", cause.what(), undo.what()));
    }
    throw;
  }
}

void CommandVmmDelegate::detachVolume(const OperationContext& context, const VmAttachment& attachment) {
  Call call = begin(context, attachmentParameters(attachment), attachment.volumeId.str());
  const auto hold = admission_.enter(context, {attachment.volumeId.str()});
  checkDetach(attachment, canDisconnect(call));
  if (!lacksTarget(call)) {
    if (const auto device = expectedDevice(call.file(), call.parameters()))
      call.parameters().set("vmmDev", *device);
  }
  if (attachment.vmId) call.run(Action::VmDetach);
  disconnectHost(call);
}

VmHostInventory CommandVmmDelegate::inventory(const RequestId& requestId) {
  Call call = begin(requestId, {}, {});
  VmHostInventory inventory;
  if (call.has(Action::HostConnect))
    inventory.sessions = sessionsIn(call.require(Action::ListSessions).records);
  if (call.has(Action::VmAttach)) inventory.devices = devicesIn(call.require(Action::ListDevices).records);
  return inventory;
}

}  // namespace vbs::vmm_delegate
