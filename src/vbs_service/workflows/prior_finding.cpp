#include "vbs_service/workflows/prior_finding.h"

#include <algorithm>

#include "common/model/error.h"

namespace vbs::workflows {
namespace {

using Device = VmHostInventory::Device;

template <class Item>
Presence presenceIn(const Listing<Item>& listing, const VolumeId& id) {
  const bool isShown =
      std::any_of(listing.begin(), listing.end(), [&](const Item& item) { return item.volumeId == id; });
  if (isShown) return Presence::Present;
  return listing.isComplete() ? Presence::Absent : Presence::Unknown;
}

/// Where the host need not be connected, or volumes end at the host, nothing is there.
template <class Item>
Presence presenceIn(const std::optional<Listing<Item>>& listing, const VolumeId& id) {
  return listing ? presenceIn(*listing, id) : Presence::Absent;
}

/// A number, as Xen lists VMs, tells nothing about a VM that is named.
bool isNumber(const VmId& vm) {
  return vm.str().find_first_not_of("0123456789") == std::string::npos;
}

bool isElsewhere(const Device& device, const VmAttachment& place) {
  if (!device.vmId || isNumber(*device.vmId) != isNumber(*place.vmId)) return false;
  const bool isThatDevice = !device.vmDevice || device.vmDevice == place.vmDevice;
  return device.vmId != place.vmId || !isThatDevice;
}

void requireInNoOtherVm(const Listing<Device>& devices, const VmAttachment& place) {
  for (const Device& device : devices) {
    if (device.volumeId != place.volumeId || !isElsewhere(device, place)) continue;
    throw Error(ErrorCode::IncorrectState,
                place.volumeId.str() + " was not given to " + place.vmId->str() +
                    ": list.devices shows that VM " + device.vmId->str() + " has it" +
                    (device.vmDevice ? " as " + device.vmDevice->str() : ""),
                place.volumeId.str());
  }
}

}  // namespace

PriorFinding lookFor(VmmDelegate& host, const RequestId& requestId, const VmAttachment& place) {
  const VmHostInventory inventory = host.inventory(requestId);
  if (inventory.devices) requireInNoOtherVm(*inventory.devices, place);
  PriorFinding finding{presenceIn(inventory.sessions, place.volumeId),
                       presenceIn(inventory.devices, place.volumeId)};
  // A host that is not connected to a volume has given it to no VM: one stuck VM leaves no doubt about it.
  const bool isNotConnected = inventory.sessions && finding.session == Presence::Absent;
  if (finding.device == Presence::Unknown && isNotConnected) finding.device = Presence::Absent;
  return finding;
}

void requireInNoOtherVm(VmmDelegate& host, const RequestId& requestId, const VmAttachment& place) {
  lookFor(host, requestId, place);
}

}  // namespace vbs::workflows
