#include "vbs_service/workflows/look_at_host.h"

#include <algorithm>

#include "common/model/error.h"

namespace vbs::workflows {
namespace {

using Device = VmHostInventory::Device;
using Session = VmHostInventory::Session;

/// A number, as Xen lists VMs, tells nothing about a VM that is named.
bool isNumber(const VmId& vm) {
  return vm.str().find_first_not_of("0123456789") == std::string::npos;
}

bool isThatPlace(const Device& device, const AttachedVolume& volume) {
  return device.vmId == volume.vmId && device.vmDevice == volume.vmDevice;
}

bool isElsewhere(const Device& device, const AttachedVolume& volume) {
  if (!device.vmId || isNumber(*device.vmId) != isNumber(volume.vmId.value())) return false;
  const bool isThatDevice = !device.vmDevice || device.vmDevice == volume.vmDevice;
  return device.vmId != volume.vmId || !isThatDevice;
}

void requireInNoOtherVm(const Listing<Device>& devices, const AttachedVolume& volume) {
  for (const Device& device : devices) {
    if (device.volumeId != volume.volumeId || !isElsewhere(device, volume)) continue;
    throw Error(ErrorCode::IncorrectState,
                volume.volumeId.str() + " was not given to " + volume.vmId->str() +
                    ": list.devices shows that VM " + device.vmId->str() + " has it" +
                    (device.vmDevice ? " as " + device.vmDevice->str() : ""),
                volume.volumeId.str());
  }
}

template <class Item>
Presence absentIn(const Listing<Item>& listing) {
  return listing.isComplete() ? Presence::Absent : Presence::Unknown;
}

/// Where volumes reach the host without connecting it, nothing is there.
Presence sessionIn(const std::optional<Listing<Session>>& sessions, const VolumeId& id) {
  if (!sessions) return Presence::Absent;
  const bool isShown = std::any_of(sessions->begin(), sessions->end(),
                                   [&](const Session& session) { return session.volumeId == id; });
  return isShown ? Presence::Present : absentIn(*sessions);
}

/// Where volumes end at the host itself, no VM has one. A device that may be another VM's tells nothing.
Presence deviceIn(const std::optional<Listing<Device>>& devices, const AttachedVolume& volume) {
  if (!devices) return Presence::Absent;
  Presence presence = absentIn(*devices);
  for (const Device& device : *devices) {
    if (device.volumeId != volume.volumeId) continue;
    if (isThatPlace(device, volume)) return Presence::Present;
    presence = Presence::Unknown;
  }
  return presence;
}

PriorFinding findingIn(const VmHostInventory& inventory, const AttachedVolume& volume) {
  PriorFinding finding{sessionIn(inventory.sessions, volume.volumeId), deviceIn(inventory.devices, volume)};
  // A host that is not connected to a volume has given it to no VM: one stuck VM leaves no doubt about it.
  const bool isNotConnected = inventory.sessions && finding.session == Presence::Absent;
  if (finding.device == Presence::Unknown && isNotConnected) finding.device = Presence::Absent;
  return finding;
}

bool isShown(const VmHostInventory& inventory, const VolumeId& id) {
  const auto has = [&](const auto& item) { return item.volumeId == id; };
  return (inventory.sessions && std::any_of(inventory.sessions->begin(), inventory.sessions->end(), has)) ||
         (inventory.devices && std::any_of(inventory.devices->begin(), inventory.devices->end(), has));
}

/// The host's answer, from the very host.
VmHostInventory inventoryOf(const engine::Delegates& delegates, const RequestId& requestId,
                            const VmmHostname& host, const AttachedVolume& volume) {
  const auto delegate = delegates.hosts.at(host);
  delegate->describeDelegate(requestId, delegates.hosts.service());
  VmHostInventory inventory = delegate->inventory(requestId);
  if (inventory.devices) requireInNoOtherVm(*inventory.devices, volume);
  return inventory;
}

}  // namespace

PriorFinding lookAtHost(const engine::Delegates& delegates, const RequestId& requestId,
                        const VmmHostname& host, const AttachedVolume& volume) {
  const VmHostInventory inventory = inventoryOf(delegates, requestId, host, volume);
  const bool wasNotThere = !isShown(inventory, volume.volumeId) &&
                           delegates.lastSurvey.showedNothing(host, volume.volumeId, delegates.clock.now());
  return wasNotThere ? PriorFinding{Presence::Absent, Presence::Absent} : findingIn(inventory, volume);
}

void requireInNoOtherVm(const engine::Delegates& delegates, const RequestId& requestId,
                        const VmmHostname& host, const AttachedVolume& volume) {
  inventoryOf(delegates, requestId, host, volume);
}

}  // namespace vbs::workflows
