#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "vbs_service/reconcile/inventories.h"
#include "vbs_service/reconcile/known_state.h"

namespace vbs::reconcile {

/// A listing that is there shows the volume.
template <class Listed>
bool shows(const std::optional<Listing<Listed>>& listing, const VolumeId& id) {
  return listing && std::any_of(listing->begin(), listing->end(),
                                [&](const Listed& each) { return each.volumeId == id; });
}

/// A listing that the host does not have shows nothing missing, and neither does one that may not show all.
template <class Listed>
bool lacks(const std::optional<Listing<Listed>>& listing, const VolumeId& id) {
  return listing && listing->isComplete() && !shows(listing, id);
}

/// What a host shows of one volume.
struct Presence {
  std::vector<VmHostInventory::Session> sessions;
  std::vector<VmHostInventory::Device> devices;
};

/// The VM, its host and the device, as messages call them.
std::string placeOf(const Attachment& attachment);

/// What the metadata say there is and what was found, made ready for comparing them, and how far what was
/// found is in doubt. `known` and `found` must outlive it. Only read, so threads may share it.
class Evidence {
public:
  Evidence(const KnownState& known, const Inventories& found);

  const KnownState& known() const noexcept { return known_; }
  const Inventories& found() const noexcept { return found_; }
  const std::map<VmmHostname, std::map<VolumeId, Presence>>& presences() const noexcept { return presences_; }
  const std::set<VolumeId>& volumes() const noexcept { return volumes_; }
  /// With their defects.
  const std::map<SnapshotId, std::optional<std::string>>& snapshots() const noexcept { return snapshots_; }
  const std::map<TargetName, VolumeServerInventory::Target>& targets() const noexcept { return targets_; }

  /// Why what the volume server shows cannot be believed, if so.
  const std::optional<std::string>& doubt() const noexcept { return doubt_; }
  /// Why it cannot be told for certain which host has what, if so: then nothing is taken from any of them.
  const std::optional<std::string>& hostDoubt() const noexcept { return hostDoubt_; }
  /// Why nothing that a host might need may be taken from the volume server, if so.
  std::optional<std::string> whyToKeep(const VolumeId& id) const;

  bool isInMotion(const std::string& resourceId) const { return known_.inMotion.contains(resourceId); }
  /// This service gave the id.
  bool isOurs(const VolumeId& id) const;
  /// Null when the volume has none.
  const metadata::AttachmentRecord* attachmentOf(const VolumeId& id) const;
  /// False only for two hosts whose delegates have told two identities.
  bool mayBeOneHost(const VmmHostname& one, const VmmHostname& other) const;

  /// The volume server should have it.
  static bool isExpected(const Volume& volume);

private:
  std::optional<std::string> doubtOfTheVolumeServer() const;
  std::optional<std::string> doubtOfTheListings() const;
  std::optional<std::string> doubtOfTheHosts() const;

  const KnownState& known_;
  const Inventories& found_;
  std::map<VmmHostname, std::map<VolumeId, Presence>> presences_;
  std::set<VolumeId> volumes_;
  std::map<SnapshotId, std::optional<std::string>> snapshots_;
  std::map<TargetName, VolumeServerInventory::Target> targets_;
  std::optional<std::string> doubt_;      // of what the volume server shows
  std::optional<std::string> hostDoubt_;  // of what the hosts show, all together
};

}  // namespace vbs::reconcile
