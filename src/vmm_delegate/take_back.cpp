#include "vmm_delegate/take_back.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "common/delegate/listing.h"
#include "common/model/error.h"
#include "vmm_delegate/host_device.h"
#include "vmm_delegate/vm_host_listing.h"

namespace vbs::vmm_delegate {

using command::Action;
using delegate::Call;

namespace {

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

std::string describe(const VmHostInventory::Device& device) {
  return fmt::format("{} has it{}", device.vmId ? "VM " + device.vmId->str() : "a VM",
                     device.vmDevice ? " as " + device.vmDevice->str() : "");
}

bool canListSessions(const Call& call) {
  return call.has(Action::HostConnect) && call.has(Action::ListSessions);
}

/// Why the host is not disconnected, which is not tried.
Error stays(const VolumeId& id, std::string why) {
  const std::string action(toString(Action::HostDisconnect));
  return Error(fmt::format("the host stays connected to {}: {}", id.str(), why), id.str(),
               {.action = action, .exitCode = std::nullopt, .stderrTail = {}})
      .withEffect(Effect::None);
}

/// Throws when a VM is seen to have the volume: its disk must not be torn from under it.
void requireInNoVm(const Listing<VmHostInventory::Device>& devices, const VolumeId& id) {
  const auto held = find(devices, id);
  if (held == devices.end()) return;
  throw stays(id, "list.devices shows that " + describe(*held));
}

/// The same for a host that is about to be disconnected. Where the volume was not taken from a VM just now,
/// the listing must be complete, too.
void requireInNoVm(Call& call, const VmAttachment& attachment, bool wasTakenFromVm) {
  if (!canListDevices(call)) return;
  call.remark("no VM may have it");
  const auto devices = delegate::listed(call, Action::ListDevices, devicesIn);
  requireInNoVm(devices, attachment.volumeId);
  if (wasTakenFromVm || devices.isComplete()) return;
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

}  // namespace

bool lacksTarget(const Call& call) {
  return call.parameters().find("targetName") == nullptr && connectsByTarget(call.file());
}

bool canDisconnect(const Call& call) {
  return call.has(Action::HostDisconnect) && !lacksTarget(call);
}

bool canListDevices(const Call& call) {
  return call.has(Action::VmAttach) && call.has(Action::ListDevices);
}

void takeFromVm(Call& call, const VmAttachment& attachment) {
  if (attachment.isInVm.value_or(false)) {
    call.require(Action::VmDetach);
  } else {
    call.run(Action::VmDetach);
  }
}

void disconnectHost(Call& call, const VmAttachment& attachment, bool wasTakenFromVm) {
  if (call.skips(Action::HostDisconnect) || lacksTarget(call)) return;
  requireInNoVm(call, attachment, wasTakenFromVm);
  call.run(Action::HostDisconnect);
  const auto device = expectedDevice(call.file(), call.parameters());
  if (!device || !isPath(*device)) return;
  call.await("host.device", *device, "waited for until it is gone",
             [&] { awaitDisappearance(*device, call.file().hostDevice()->timeout, call.resource()); });
}

void takeBack(Call& call, const VmAttachment& attachment, const PriorFinding& before, bool mayBeInVm) {
  // In this order, and no further than each step succeeds: what a VM still holds must not be torn from it.
  if (before.device == Presence::Present) return;
  const bool takes = mayBeInVm && before.device == Presence::Absent;
  if (takes) takeFromVm(call, attachment);
  if (before.device == Presence::Unknown || before.session == Presence::Unknown) {
    requireCertainlyInNoVm(call, attachment.volumeId);
  }
  if (before.session != Presence::Present) disconnectHost(call, attachment, takes);
}

}  // namespace vbs::vmm_delegate
