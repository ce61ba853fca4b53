#include "vbs_service/reconcile/inventories.h"

namespace vbs::reconcile {
namespace {

template <class Item>
void addDoubt(std::map<std::string, std::string>& doubts, const char* action, const Listing<Item>& listing) {
  if (!listing.isComplete()) doubts.emplace(action, listing.reason);
}

}  // namespace

std::map<std::string, std::string> doubtsAbout(const VmHostInventory& host) {
  std::map<std::string, std::string> doubts;
  if (host.sessions) addDoubt(doubts, "list.sessions", *host.sessions);
  if (host.devices) addDoubt(doubts, "list.devices", *host.devices);
  return doubts;
}

std::map<std::string, std::string> doubtsAbout(const VolumeServerInventory& inventory) {
  std::map<std::string, std::string> doubts;
  addDoubt(doubts, "list.volumes", inventory.volumes);
  addDoubt(doubts, "list.snapshots", inventory.snapshots);
  addDoubt(doubts, "list.targets", inventory.targets);
  return doubts;
}

bool isComplete(const VmHostInventory& host) {
  return doubtsAbout(host).empty();
}

bool isComplete(const VolumeServerInventory& inventory) {
  return doubtsAbout(inventory).empty();
}

std::set<VolumeId> volumesAt(const VmHostInventory& host) {
  std::set<VolumeId> ids;
  const auto addAll = [&](const auto& listing) {
    if (!listing) return;
    for (const auto& item : *listing) {
      if (item.volumeId) ids.insert(*item.volumeId);
    }
  };
  addAll(host.sessions);
  addAll(host.devices);
  return ids;
}

std::set<VolumeId> volumesIn(const Inventories& found) {
  std::set<VolumeId> ids;
  const auto add = [&](const std::optional<VolumeId>& id) {
    if (id) ids.insert(*id);
  };
  if (found.volumeServer) {
    const VolumeServerInventory& inventory = found.volumeServer->inventory;
    for (const auto& volume : inventory.volumes) ids.insert(volume.volumeId);
    for (const auto& target : inventory.targets) add(volumeOf(target.targetName));
  }
  for (const auto& [name, host] : found.hosts) ids.merge(volumesAt(host));
  return ids;
}

}  // namespace vbs::reconcile
