#include "vmm_delegate/command_vmm_delegate.h"

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "common/command/expansion.h"
#include "common/delegate/listing.h"
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

/// Where the volume appears on the host that was just connected.
std::string awaitDevice(const Call& call) {
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

bool hasVolume(const VmHostInventory::Session& session, const VolumeId& id) {
  return session.volumeId == id;
}
bool hasVolume(const VmHostInventory::Device& device, const VolumeId& id) {
  return device.volumeId == id;
}

template <class Item>
auto find(const Listing<Item>& listing, const VolumeId& id) {
  return std::find_if(listing.begin(), listing.end(), [&](const Item& item) { return hasVolume(item, id); });
}

bool canListDevices(const Call& call) {
  return call.has(Action::VmAttach) && call.has(Action::ListDevices);
}

std::string describe(const VmHostInventory::Device& device) {
  return fmt::format("{} has it{}", device.vmId ? "VM " + device.vmId->str() : "a VM",
                     device.vmDevice ? " as " + device.vmDevice->str() : "");
}

bool canListSessions(const Call& call) {
  return call.has(Action::HostConnect) && call.has(Action::ListSessions);
}

/// `found`, with what host.connect tells of the session. Where nothing lists the devices of VMs, a host that
/// was not connected had given the volume to none.
PriorFinding withSession(const Call& call, PriorFinding found, Presence session) {
  found.session = session;
  const bool isListed = !call.has(Action::VmAttach) || canListDevices(call);
  if (found.device == Presence::Unknown && !isListed && session == Presence::Absent) {
    found.device = Presence::Absent;
  }
  return found;
}

Error stays(const VolumeId& id, std::string why) {
  return {
      fmt::format("the host stays connected to {}: {}", id.str(), why),
      id.str(),
      {.action = std::string(toString(Action::HostDisconnect)), .exitCode = std::nullopt, .stderrTail = {}}};
}

/// Throws when a VM is seen to have the volume: its disk must not be torn from under it.
void requireInNoVm(const Listing<VmHostInventory::Device>& devices, const VolumeId& id) {
  const auto held = find(devices, id);
  if (held == devices.end()) return;
  throw stays(id, "list.devices shows that " + describe(*held));
}

/// The same for a host that is about to be disconnected. Where the volume was not taken from a VM just now,
/// the listing must be complete, too.
void requireInNoVm(Call& call, const VmAttachment& attachment) {
  if (!canListDevices(call)) return;
  const auto devices = delegate::listed(call, Action::ListDevices, devicesIn);
  requireInNoVm(devices, attachment.volumeId);
  if (attachment.vmId || devices.isComplete()) return;
  throw stays(attachment.volumeId, "a VM may have it, as list.devices cannot be trusted: " + devices.reason);
}

/// Throws unless it is certain that no VM has the volume. For the undo of an attach that cannot tell its own
/// work from what was there before it.
void requireCertainlyInNoVm(Call& call, const VolumeId& id) {
  constexpr std::string_view kDoubt =
      "and whether that was so before this attach is not known, as the host's listing could not be trusted "
      "then: take it from the VM by hand, or with \"vbs detach-volume --force\" if nothing there needs it";
  if (!canListDevices(call)) {
    if (canListSessions(call)) {
      const auto sessions = delegate::listed(call, Action::ListSessions, sessionsIn);
      if (sessions.isComplete() && find(sessions, id) == sessions.end()) return;
    }
    throw stays(id,
                "a VM may have had it before this attach, and without list.devices nothing tells; \"vbs "
                "detach-volume --force\" takes it away, if nothing on this host needs it");
  }
  const auto devices = delegate::listed(call, Action::ListDevices, devicesIn);
  try {
    requireInNoVm(devices, id);
  } catch (const Error& error) {
    throw error.withMessage(fmt::format("{}, {}", error.what(), kDoubt));
  }
  if (!devices.isComplete()) {
    throw stays(id,
                fmt::format("a VM may have had it before this attach, which is undone once list.devices can "
                            "be trusted again: {}",
                            devices.reason));
  }
}

/// Undoes connectHost, however far it came. Returns once nothing is left of the device: a path that lingers
/// would be taken for the next volume's.
void disconnectHost(Call& call, const VmAttachment& attachment) {
  if (!canDisconnect(call)) return;
  requireInNoVm(call, attachment);
  call.run(Action::HostDisconnect);
  const auto device = expectedDevice(call.file(), call.parameters());
  if (device && isPath(*device)) {
    awaitDisappearance(*device, call.file().hostDevice()->timeout, call.resource());
  }
}

/// Takes the volume from the VM. One that was given to a VM is not detached where there is no vm.detach.
void takeFromVm(Call& call, const VmAttachment& attachment) {
  if (attachment.isInVm.value_or(false)) {
    call.require(Action::VmDetach);
  } else {
    call.run(Action::VmDetach);
  }
}

/// Undoes an attach as far as it has made what is there. Throws as long as that cannot be told: the volume
/// must not go to another host while a VM here may have it.
void takeBack(Call& call, const VmAttachment& attachment, const PriorFinding& before, bool mayBeInVm) {
  if (before.device == Presence::Present) return;
  if (mayBeInVm && before.device == Presence::Absent) takeFromVm(call, attachment);
  if (before.device == Presence::Unknown || before.session == Presence::Unknown) {
    requireCertainlyInNoVm(call, attachment.volumeId);
  }
  if (before.session != Presence::Present) disconnectHost(call, attachment);
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
  return call.carryOut([&]() -> VmPlace {
    const auto hold = admission_.enter(context, {attachment.volumeId.str()});
    // Without a finding it is a repair: its VM runs, and what is there may be the work of an earlier call.
    const bool isRepair = !attachment.before;
    PriorFinding before =
        priorFindings_.refined(context.operationId, attachment.before.value_or(PriorFinding{}));
    const auto learn = [&](const PriorFinding& now) {
      if (isRepair) return;
      before = now;
      priorFindings_.remember(context.operationId, before);
    };
    bool mayBeInVm = false;
    try {
      const bool wasConnected = call.run(Action::HostConnect).wasAlreadySo;
      // Without list.sessions it alone can tell that the host was connected, by saying so.
      if (before.session == Presence::Unknown && !call.has(Action::ListSessions)) {
        learn(withSession(call, before, wasConnected ? Presence::Present : Presence::Absent));
      }
      std::string device = awaitDevice(call);
      call.parameters().set("vmmDev", device);
      call.run(Action::HostCheck);
      mayBeInVm = call.has(Action::VmAttach);
      const bool wasInVm = call.run(Action::VmAttach).wasAlreadySo;
      // It succeeds, and says so, where the VM has the volume already. Not against a list.devices that did
      // not show it: a command that was retried finds its own work.
      if (before.device == Presence::Unknown) {
        learn({before.session, wasInVm ? Presence::Present : Presence::Absent});
      }
      return {.hostDevice = std::move(device), .isInVm = mayBeInVm};
    } catch (const Error& cause) {
      spdlog::warn("attachVolume of {} failed{}: {} {}", call.resource(),
                   isRepair             ? ", which was to repair it; what is there stays"
                   : before.isNothing() ? " and is undone here"
                                        : "; what was or may have been there before it stays",
                   cause.what(), delegate::logContext(context));
      if (isRepair) throw;
      // It was not given to the VM: what a VM has of it on that session was there before.
      const bool isOnlySession = !mayBeInVm && before.session == Presence::Present;
      if (isOnlySession && before.device == Presence::Unknown) learn({before.session, Presence::Present});
      try {
        // In this order, and no further than it goes: what the VM still holds must not be torn from under it.
        takeBack(call, attachment, before, mayBeInVm);
      } catch (const Error& undo) {
        throw cause.withMessage(
            fmt::format("{}; undoing it on this host failed too: {}", cause.what(), undo.what()));
      }
      throw;
    }
  });
}

VmRelease CommandVmmDelegate::detachVolume(const OperationContext& context, const VmAttachment& attachment) {
  Call call = begin(context, attachmentParameters(attachment), attachment.volumeId.str());
  return call.carryOut([&]() -> VmRelease {
    const auto hold = admission_.enter(context, {attachment.volumeId.str()});
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
