#include "vbs_service/reconcile/inventories.h"

namespace vbs::reconcile {

std::set<VolumeId> volumesIn(const Inventories& found) {
  std::set<VolumeId> ids;
  const auto add = [&](const std::optional<VolumeId>& id) {
    if (id) ids.insert(*id);
  };
  if (found.volumeServer) {
    const VolumeServerInventory& inventory = found.volumeServer->inventory;
    ids.insert(inventory.volumes.begin(), inventory.volumes.end());
    for (const auto& target : inventory.targets) add(volumeOf(target.targetName));
  }
  for (const auto& [name, host] : found.hosts) {
    for (const auto& session : host.sessions.value_or(std::vector<VmHostInventory::Session>())) {
      add(session.volumeId);
    }
    for (const auto& device : host.devices.value_or(std::vector<VmHostInventory::Device>())) {
      add(device.volumeId);
    }
  }
  return ids;
}

}  // namespace vbs::reconcile
