#include "vbs_service/adoption/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace vbs::adoption {
namespace {

template <class Item>
std::optional<std::string> doubtAbout(const char* action, const Listing<Item>& listing) {
  if (listing.isComplete()) return std::nullopt;
  return fmt::format("{}: {}", action, listing.reason);
}

void addHolders(std::vector<std::string>& holders, const VmmHostname& name, const VmHostInventory& host,
                const VolumeId& id) {
  if (host.devices) {
    for (const auto& device : *host.devices) {
      if (device.volumeId != id) continue;
      holders.push_back(device.vmId ? fmt::format("VM {} on {}", device.vmId->str(), name.str())
                                    : fmt::format("a VM on {}", name.str()));
    }
  }
  if (host.sessions) {
    const bool isConnected = std::any_of(
        host.sessions->begin(), host.sessions->end(), [&](const VmHostInventory::Session& session) {
          return session.volumeId == id || (session.targetName && volumeOf(*session.targetName) == id);
        });
    if (isConnected) holders.push_back(fmt::format("{} (connected)", name.str()));
  }
}

}  // namespace

Evidence evidenceOf(const reconcile::Inventories& found, const VolumeId& id) {
  Evidence evidence;
  const VolumeServerInventory& server = found.volumeServer.value().inventory;
  evidence.doubt = doubtAbout("list.volumes", server.volumes);
  for (const auto& volume : server.volumes) {
    if (volume.volumeId != id) continue;
    evidence.isListed = true;
    evidence.sizeBytes = volume.sizeBytes;
  }
  for (const auto& [name, host] : found.hosts) {
    addHolders(evidence.holders, name, host, id);
    for (const auto& [action, why] : reconcile::doubtsAbout(host)) {
      evidence.unseen.push_back(fmt::format("{} of {}: {}", action, name.str(), why));
    }
  }
  for (const auto& [part, why] : found.unreachable) {
    evidence.unseen.push_back(fmt::format("{}: {}", part, why));
  }
  return evidence;
}

Evidence evidenceOf(const reconcile::Inventories& found, const SnapshotId& id) {
  Evidence evidence;
  const VolumeServerInventory& server = found.volumeServer.value().inventory;
  evidence.doubt = doubtAbout("list.snapshots", server.snapshots);
  for (const auto& snapshot : server.snapshots) {
    if (snapshot.snapshotId != id) continue;
    evidence.isListed = true;
    evidence.sizeBytes = snapshot.sizeBytes;
    evidence.volumeId = snapshot.volumeId;
    evidence.defect = snapshot.defect;
  }
  return evidence;
}

}  // namespace vbs::adoption
