#include "vbs_service/reconcile/evidence.h"

namespace vbs::reconcile {
namespace {

std::map<VolumeId, Presence> presencesAt(const VmHostInventory& host) {
  std::map<VolumeId, Presence> presences;
  if (host.sessions) {
    for (const auto& session : *host.sessions) {
      if (session.volumeId) presences[*session.volumeId].sessions.push_back(session);
    }
  }
  if (host.devices) {
    for (const auto& device : *host.devices) {
      if (device.volumeId) presences[*device.volumeId].devices.push_back(device);
    }
  }
  return presences;
}

}  // namespace

std::string placeOf(const Attachment& attachment) {
  return "VM " + attachment.vmId.str() + " on " + attachment.vmmHostname.str() + " as " +
         attachment.vmDevice.str();
}

Evidence::Evidence(const KnownState& known, const Inventories& found) : known_(known), found_(found) {
  for (const auto& [name, host] : found.hosts) presences_.emplace(name, presencesAt(host));
  if (found.volumeServer) {
    const VolumeServerInventory& inventory = found.volumeServer->inventory;
    for (const auto& volume : inventory.volumes) volumes_.insert(volume.volumeId);
    for (const auto& snapshot : inventory.snapshots) {
      snapshots_.emplace(snapshot.snapshotId, snapshot.defect);
    }
    for (const auto& target : inventory.targets) targets_.emplace(target.targetName, target);
  }
  doubt_ = doubtOfTheVolumeServer();
  hostDoubt_ = doubtOfTheHosts();
}

std::optional<std::string> Evidence::whyToKeep(const VolumeId& id) const {
  if (doubt_) return doubt_;
  for (const auto& [host, presences] : presences_) {
    if (presences.contains(id)) return "it stays until it is gone from " + host.str();
  }
  for (const auto& [volume, host] : known_.owedCleanings) {
    if (volume == id) return "it stays until it is taken from " + host.str();
  }
  return hostDoubt_;
}

bool Evidence::isOurs(const VolumeId& id) const {
  return known_.volumes.contains(id) || known_.givenVolumes.contains(id);
}

const metadata::AttachmentRecord* Evidence::attachmentOf(const VolumeId& id) const {
  const auto known = known_.volumes.find(id);
  return known != known_.volumes.end() && known->second.attachment ? &*known->second.attachment : nullptr;
}

bool Evidence::mayBeOneHost(const VmmHostname& one, const VmmHostname& other) const {
  if (one == other) return true;
  const auto first = known_.hostIdentities.find(one);
  const auto second = known_.hostIdentities.find(other);
  if (first == known_.hostIdentities.end() || second == known_.hostIdentities.end()) return true;
  return first->second == second->second;
}

bool Evidence::isExpected(const Volume& volume) {
  return volume.status == VolumeStatus::Available || volume.status == VolumeStatus::InUse;
}

/// A volume server that shows nothing of what it should have is not the one that the metadata are about. A
/// directory may not be mounted, the volume group may be another one, the database old or wrong.
std::optional<std::string> Evidence::doubtOfTheVolumeServer() const {
  if (!found_.volumeServer) return std::nullopt;
  bool isAnyExpected = false;
  for (const auto& [id, known] : known_.volumes) {
    if (!isExpected(known.volume)) continue;
    if (volumes_.contains(id)) return doubtOfTheListings();
    isAnyExpected = true;
  }
  if (!isAnyExpected) return doubtOfTheListings();
  return "nothing is removed while the volume server shows none of the volumes that it should have";
}

std::optional<std::string> Evidence::doubtOfTheListings() const {
  const auto doubts = doubtsAbout(found_.volumeServer->inventory);
  if (doubts.empty()) return std::nullopt;
  return "nothing is removed while what the volume server lists cannot be trusted: " + doubts.begin()->second;
}

std::optional<std::string> Evidence::doubtOfTheHosts() const {
  if (known_.isRestored) return std::string("it stays: ") + kRestored;
  for (const VmmHostname& host : known_.hosts) {
    const auto found = found_.hosts.find(host);
    if (found == found_.hosts.end()) {
      return "it stays as long as it cannot be told whether " + host.str() + " has it";
    }
    const auto doubts = doubtsAbout(found->second);
    if (!doubts.empty()) {
      return "it stays while what " + host.str() + " lists cannot be trusted: " + doubts.begin()->second;
    }
  }
  if (!found_.otherCommanders.empty()) {
    const auto& [part, others] = *found_.otherCommanders.begin();
    return "it stays while " + part + " is commanded by another VBS Service too (" + others.front() +
           "), whose it may be";
  }
  return std::nullopt;
}

}  // namespace vbs::reconcile
