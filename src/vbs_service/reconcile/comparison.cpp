#include "vbs_service/reconcile/comparison.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace vbs::reconcile {
namespace {

using workflows::CleanHostParameters;

constexpr const char* kNotOurs = "this service did not give its id: it may be another one's";
constexpr const char* kForgotten =
    "it was gone before the metadata remembered what removing it takes: remove it by hand";
constexpr const char* kBroken = "what it held is lost: it can only be deleted";
constexpr const char* kLostForGood = "what is lost is never made anew: bring its data back, or delete it";

std::string placeOf(const Attachment& attachment) {
  return "VM " + attachment.vmId.str() + " on " + attachment.vmmHostname.str() + " as " +
         attachment.vmDevice.str();
}

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

/// A volume that is in a VM of its host is not missing, though the listing may name the VM in another way
/// than the attachment does (Xen lists numbers).
bool isMissingAt(const VmHostInventory& host, const VolumeId& id) {
  return lacks(host.sessions, id) || lacks(host.devices, id);
}

/// The host was seen to have the volume, as far as its stack tells.
bool isSeenAt(const VmHostInventory& host, const VolumeId& id) {
  if (!host.sessions && !host.devices) return false;
  return (!host.sessions || shows(host.sessions, id)) && (!host.devices || shows(host.devices, id));
}

/// What a host shows of one volume.
struct Presence {
  std::vector<VmHostInventory::Session> sessions;
  std::vector<VmHostInventory::Device> devices;
};

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

class Comparison {
public:
  Comparison(const KnownState& known, const Inventories& found) : known_(known), found_(found) {
    for (const auto& [name, host] : found.hosts) presences_.emplace(name, presencesAt(host));
    if (!found.volumeServer) return;
    const VolumeServerInventory& inventory = found.volumeServer->inventory;
    for (const auto& volume : inventory.volumes) volumes_.insert(volume.volumeId);
    for (const auto& snapshot : inventory.snapshots) {
      snapshots_.emplace(snapshot.snapshotId, snapshot.defect);
    }
    for (const auto& target : inventory.targets) targets_.emplace(target.targetName, target);
  }

  std::vector<Finding> run() && {
    doubt_ = doubtOfTheVolumeServer();
    hostDoubt_ = doubtOfTheHosts();
    for (const auto& [id, volume] : known_.volumes) {
      if (!isInMotion(id.str())) judge(volume);
    }
    for (const auto& [id, snapshot] : known_.snapshots) {
      if (!isInMotion(id.str())) judge(snapshot);
    }
    for (const auto& [host, presences] : presences_) {
      for (const auto& [id, presence] : presences) judge(host, id, presence);
    }
    if (found_.volumeServer) {
      for (const auto& target : found_.volumeServer->inventory.targets) judge(target);
      for (const auto& [id, defect] : snapshots_) judgeOrphan(id);
      for (const VolumeId& id : volumes_) judgeOrphan(id);
    }
    return std::move(findings_);
  }

private:
  bool isInMotion(const std::string& resourceId) const { return known_.inMotion.contains(resourceId); }
  bool isOurs(const VolumeId& id) const {
    return known_.volumes.contains(id) || known_.givenVolumes.contains(id);
  }
  const metadata::AttachmentRecord* attachmentOf(const VolumeId& id) const {
    const auto known = known_.volumes.find(id);
    return known != known_.volumes.end() && known->second.attachment ? &*known->second.attachment : nullptr;
  }

  static bool isExpected(const Volume& volume) {
    return volume.status == VolumeStatus::Available || volume.status == VolumeStatus::InUse;
  }

  /// A volume server that shows nothing of what it should have is not the one that the metadata are about. A
  /// directory may not be mounted, the volume group may be another one, the database old or wrong.
  std::optional<std::string> doubtOfTheVolumeServer() const {
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

  std::optional<std::string> doubtOfTheListings() const {
    const auto doubts = doubtsAbout(found_.volumeServer->inventory);
    if (doubts.empty()) return std::nullopt;
    return "nothing is removed while what the volume server lists cannot be trusted: " +
           doubts.begin()->second;
  }

  /// Why it cannot be told for certain which host has what: then nothing is taken from any of them.
  std::optional<std::string> doubtOfTheHosts() const {
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

  /// Why nothing that a host might need may be taken from the volume server, if so.
  std::optional<std::string> whyToKeep(const VolumeId& id) const {
    if (doubt_) return doubt_;
    for (const auto& [host, presences] : presences_) {
      if (presences.contains(id)) return "it stays until it is gone from " + host.str();
    }
    for (const auto& [volume, host] : known_.owedCleanings) {
      if (volume == id) return "it stays until it is taken from " + host.str();
    }
    return hostDoubt_;
  }

  /// Adds what takes something away, once two surveys in a row have seen the same.
  void addStray(Difference difference, const Sighting& sighting, Remedy remedy) {
    const bool isCertain = known_.sightedBefore.contains(sighting);
    if (!isCertain) remedy = LeaveAlone{"it is taken away when the next survey finds the same"};
    findings_.push_back({{std::move(difference)}, sighting.volumeId, std::move(remedy), sighting});
  }

  void add(std::vector<Difference> differences, const std::optional<VolumeId>& volumeId, Remedy remedy) {
    findings_.push_back({std::move(differences), volumeId, std::move(remedy)});
  }

  void judge(const KnownVolume& known) {
    const Volume& volume = known.volume;
    const std::string& id = volume.volumeId.str();
    const bool isListed = volumes_.contains(volume.volumeId);
    if (isExpected(volume) && found_.volumeServer && found_.volumeServer->inventory.volumes.isComplete() &&
        !isListed) {
      add({{DriftKind::MissingVolume, id, std::nullopt, "the volume server does not have volume " + id}},
          volume.volumeId, LeaveAlone{kLostForGood});
      return;
    }
    if (volume.status == VolumeStatus::InUse && known.attachment) {
      judge(*known.attachment);
    }
  }

  void judge(const Snapshot& snapshot) {
    if (!found_.volumeServer) return;
    const std::string& id = snapshot.snapshotId.str();
    const auto found = snapshots_.find(snapshot.snapshotId);
    if (found == snapshots_.end()) {
      if (snapshot.status != SnapshotStatus::Completed) return;
      if (!found_.volumeServer->inventory.snapshots.isComplete()) return;
      add({{DriftKind::MissingSnapshot, id, std::nullopt, "the volume server does not have snapshot " + id}},
          snapshot.volumeId, LeaveAlone{kLostForGood});
    } else if (const auto& defect = found->second) {
      add({{DriftKind::BrokenSnapshot, id, std::nullopt, "snapshot " + id + " is broken: " + *defect}},
          snapshot.volumeId, LeaveAlone{kBroken});
    }
  }

  void judge(const metadata::AttachmentRecord& record) {
    const Attachment& attachment = record.attachment;
    const std::string& id = attachment.volumeId.str();
    const auto host = found_.hosts.find(attachment.vmmHostname);
    const bool isMissing = host != found_.hosts.end() && isMissingAt(host->second, attachment.volumeId);
    std::vector<Difference> differences;
    if (auto difference = differenceOfTarget(record)) {
      if (servesAnother(record)) {
        add({std::move(*difference)}, attachment.volumeId,
            LeaveAlone{"its VM may be reading and writing another volume: look at the target on the volume "
                       "server, and detach the volume"});
        return;
      }
      differences.push_back(std::move(*difference));
    }
    if (isMissing) {
      differences.push_back({DriftKind::MissingDevice, id, attachment.vmmHostname,
                             "volume " + id + " is not at " + placeOf(attachment)});
    }
    bool reconnect = false;
    if (host != found_.hosts.end()) reconnect = judgeSession(attachment, host->second);
    if (differences.empty()) return;
    const auto elsewhere = isMissing ? deviceElsewhere(attachment) : std::nullopt;
    if (elsewhere) {
      add(std::move(differences), attachment.volumeId,
          LeaveAlone{"it is not given to its VM while " + *elsewhere + ": two VMs would write to it"});
    } else if (found_.volumeServer) {
      add(std::move(differences), attachment.volumeId, Restore{record, isMissing, isMissing && reconnect});
    } else {
      add(std::move(differences), attachment.volumeId,
          LeaveAlone{"it is restored once the Volume Delegate answers"});
    }
  }

  /// A VM of another host that is seen to have the volume.
  std::optional<std::string> deviceElsewhere(const Attachment& attachment) const {
    for (const auto& [host, presences] : presences_) {
      const auto presence = presences.find(attachment.volumeId);
      if (host == attachment.vmmHostname || presence == presences.end()) continue;
      if (presence->second.devices.empty()) continue;
      const VmHostInventory::Device& device = presence->second.devices.front();
      return (device.vmId ? "VM " + device.vmId->str() : "a VM") + " on " + host.str() + " has it";
    }
    return std::nullopt;
  }

  /// The host of the attachment shows the very device: the two listings look at the same VM.
  bool isOneDeviceSeenTwice(const Presence& presence, const Attachment& attachment) const {
    const auto elsewhere = presences_.find(attachment.vmmHostname);
    if (elsewhere == presences_.end()) return false;
    const auto shown = elsewhere->second.find(attachment.volumeId);
    if (shown == elsewhere->second.end()) return false;
    return std::any_of(
        presence.devices.begin(), presence.devices.end(), [&](const VmHostInventory::Device& device) {
          return std::any_of(shown->second.devices.begin(), shown->second.devices.end(),
                             [&](const VmHostInventory::Device& other) {
                               return device.vmId == other.vmId && device.vmDevice == other.vmDevice;
                             });
        });
  }

  /// What is wrong with the target of an attachment, if so.
  std::optional<Difference> differenceOfTarget(const metadata::AttachmentRecord& record) const {
    if (!found_.volumeServer || !found_.volumeServer->usesTargets || !record.target) return std::nullopt;
    const VolumeServerInventory& inventory = found_.volumeServer->inventory;
    const Attachment& attachment = record.attachment;
    const std::string& id = attachment.volumeId.str();
    const std::string& name = record.target->targetName.str();
    const std::string what = "volume " + id + " is attached to " + placeOf(attachment) + ", but ";
    const auto target = targets_.find(record.target->targetName);
    if (target == targets_.end()) {
      if (!inventory.targets.isComplete()) return std::nullopt;
      return Difference{DriftKind::MissingTarget, id, std::nullopt, what + "there is no target " + name};
    }
    const auto broken = [&](const std::string& how) {
      return Difference{DriftKind::BrokenTarget, id, std::nullopt, what + "its target " + name + how};
    };
    if (servesAnother(record)) return broken(" serves " + target->second.volumeId->str());
    if (inventory.showsWhatTargetsServe && inventory.targets.isComplete() && !target->second.volumeId) {
      return broken(" does not serve it");
    }
    if (record.isExportUncertain) return broken(" may be half made");
    return std::nullopt;
  }

  bool servesAnother(const metadata::AttachmentRecord& record) const {
    const auto target = targets_.find(record.target->targetName);
    return target != targets_.end() && target->second.volumeId &&
           target->second.volumeId != record.attachment.volumeId;
  }

  /// Tells of a session that does not work. Returns whether making it anew harms nobody: no VM has it.
  bool judgeSession(const Attachment& attachment, const VmHostInventory& host) {
    if (!host.sessions) return false;
    const auto stuck =
        std::find_if(host.sessions->begin(), host.sessions->end(), [&](const VmHostInventory::Session& each) {
          return each.volumeId == attachment.volumeId && each.defect;
        });
    if (stuck == host.sessions->end()) return false;
    Difference difference{DriftKind::StuckSession, attachment.volumeId.str(), attachment.vmmHostname,
                          "the session of " + attachment.vmmHostname.str() + " to volume " +
                              attachment.volumeId.str() + " does not work: " + *stuck->defect};
    if (lacks(host.devices, attachment.volumeId)) {
      add({std::move(difference)}, attachment.volumeId, LeaveAlone{"it is made anew, as no VM has it"});
      return true;
    }
    add({std::move(difference)}, attachment.volumeId,
        LeaveAlone{"it stays, as its VM waits for it: see whether the volume server can be reached"});
    return false;
  }

  void judge(const VmmHostname& host, const VolumeId& id, const Presence& presence) {
    const auto* record = attachmentOf(id);
    const bool isAttachedThere = record != nullptr && record->attachment.vmmHostname == host;
    if (!isOurs(id) || isInMotion(id.str()) || isAttachedThere || known_.owedCleanings.contains({id, host})) {
      return;
    }
    const bool isDevice = !presence.devices.empty();
    Difference difference{isDevice ? DriftKind::StrayDevice : DriftKind::StraySession, id.str(), host,
                          describe(host, id, presence)};
    if (const auto why = whyToLeave(host, presence, record)) {
      add({std::move(difference)}, id, LeaveAlone{*why});
      return;
    }
    const CleanHostParameters what = whatToClean(host, id, presence, record);
    const Sighting sighting{.vmmHostname = host,
                            .volumeId = id,
                            .vmId = what.volume.vmId,
                            .vmDevice = what.volume.vmDevice,
                            .targetName = what.foundTarget};
    addStray(std::move(difference), sighting, Clean{what});
  }

  /// Why what a host has of a volume that is not attached there is not certain to be a stray. `record`: the
  /// volume's attachment elsewhere, if it has one.
  std::optional<std::string> whyToLeave(const VmmHostname& host, const Presence& presence,
                                        const metadata::AttachmentRecord* record) const {
    if (doubt_) return doubt_;
    if (hostDoubt_) return hostDoubt_;
    if (!found_.volumeServer) return "it stays as long as the Volume Delegate does not answer";
    if (record != nullptr) {
      if (isOneDeviceSeenTwice(presence, record->attachment)) {
        return "it stays, as " + record->attachment.vmmHostname.str() +
               " shows the same device: does list.devices of " + host.str() + " look at the other's VMs?";
      }
      if (mayBeOneHost(record->attachment.vmmHostname, host)) {
        return "it stays, as " + host.str() + " may be " + record->attachment.vmmHostname.str() +
               " under another name: not both of their VMM Delegates tell who they are";
      }
      const auto elsewhere = found_.hosts.find(record->attachment.vmmHostname);
      if (elsewhere == found_.hosts.end() || !isSeenAt(elsewhere->second, record->attachment.volumeId)) {
        return "it stays, as the volume is not seen where it is attached, at " + placeOf(record->attachment);
      }
      // A session belongs to a machine, and one machine may have two VMM Delegates.
      if (presence.devices.empty()) {
        return "it stays, as the session may be the one that " + placeOf(record->attachment) + " uses: if " +
               host.str() + " and " + record->attachment.vmmHostname.str() +
               " are two machines, disconnect " + host.str() + " from it by hand";
      }
    }
    for (const VmHostInventory::Device& device : presence.devices) {
      if (!device.vmId) {
        return "the host's list.devices does not show which VM has it: take it from the VM by hand";
      }
      if (const auto* claim = claimOn(host, device)) {
        return "it stays, as volume " + claim->volumeId.str() + " is attached to " + placeOf(*claim);
      }
    }
    return std::nullopt;
  }

  /// An attachment that the device may belong to. It may be of any volume at that place, under any name that
  /// the host may have. Or it is of this volume at that VM and device of any host.
  const Attachment* claimOn(const VmmHostname& host, const VmHostInventory::Device& device) const {
    for (const auto& [id, known] : known_.volumes) {
      if (!known.attachment) continue;
      const Attachment& attachment = known.attachment->attachment;
      const bool isThatVm = attachment.vmId == device.vmId;
      const bool isThatDevice = !device.vmDevice || attachment.vmDevice == device.vmDevice;
      if (!isThatVm || !isThatDevice) continue;
      if (id == device.volumeId || mayBeOneHost(attachment.vmmHostname, host)) return &attachment;
    }
    return nullptr;
  }

  bool mayBeOneHost(const VmmHostname& one, const VmmHostname& other) const {
    if (one == other) return true;
    const auto first = known_.hostIdentities.find(one);
    const auto second = known_.hostIdentities.find(other);
    if (first == known_.hostIdentities.end() || second == known_.hostIdentities.end()) return true;
    return first->second == second->second;
  }

  static std::string describe(const VmmHostname& host, const VolumeId& id, const Presence& presence) {
    const std::string what = "volume " + id.str() + " is not attached at " + host.str() + ", but ";
    if (presence.devices.empty()) return what + "that host is connected to it";
    const VmHostInventory::Device& device = presence.devices.front();
    return what + (device.vmId ? "VM " + device.vmId->str() : "a VM") + " has it" +
           (device.vmDevice ? " as " + device.vmDevice->str() : "");
  }

  /// `attached`: the volume's attachment elsewhere, if it has one.
  static CleanHostParameters whatToClean(const VmmHostname& host, const VolumeId& id,
                                         const Presence& presence,
                                         const metadata::AttachmentRecord* attached) {
    CleanHostParameters found{.vmmHostname = host,
                              .volume = {.volumeId = id,
                                         .size = std::nullopt,
                                         .vmId = std::nullopt,
                                         .vmDevice = std::nullopt,
                                         .target = std::nullopt,
                                         .exported = {},
                                         .isInVm = std::nullopt},
                              .wasFound = true,
                              .foundTarget = std::nullopt};
    if (!presence.devices.empty()) {
      found.volume.vmId = presence.devices.front().vmId;
      found.volume.vmDevice = presence.devices.front().vmDevice;
    }
    // With several devices only one is taken from its VM: the host must stay connected for the others, which
    // the next reconciliation finds.
    if (presence.sessions.empty() || presence.devices.size() > 1) return found;
    const VmHostInventory::Session& session = presence.sessions.front();
    found.foundTarget = session.targetName;
    VolumeExport& exported = found.volume.exported;
    exported = {.portal = session.portal, .lun = session.lun};
    if (attached != nullptr) {
      if (!exported.portal) exported.portal = attached->exported.portal;
      if (!exported.lun) exported.lun = attached->exported.lun;
    }
    return found;
  }

  void judge(const VolumeServerInventory::Target& target) {
    const auto id = volumeOf(target.targetName);
    if (!id || !isOurs(*id) || isInMotion(id->str())) return;
    const std::string& name = target.targetName.str();
    Difference difference{DriftKind::StrayTarget, id->str(), std::nullopt,
                          "volume " + id->str() + " is not attached, but there is a target " + name};
    if (const auto* record = attachmentOf(*id)) {
      if (record->target && record->target->targetName == target.targetName) return;
      difference.description = "volume " + id->str() + " is attached, but not by its target " + name;
      add({std::move(difference)}, *id, LeaveAlone{"it may be what its host is connected to"});
    } else if (const auto why = whyToKeep(*id)) {
      add({std::move(difference)}, *id, LeaveAlone{*why});
    } else {
      // A stack without target ids has no use for this one, and no attachment gets it either.
      addStray(std::move(difference),
               {.vmmHostname = std::nullopt, .volumeId = *id, .targetName = target.targetName},
               RemoveTarget{{target.targetId.value_or(TargetId(TargetId::kMax)), target.targetName}});
    }
  }

  void judgeOrphan(const SnapshotId& id) {
    if (known_.snapshots.contains(id) || isInMotion(id.str())) return;
    const auto given = known_.givenSnapshots.find(id);
    std::vector<Difference> differences{
        {DriftKind::OrphanSnapshot, id.str(), std::nullopt,
         "the volume server has snapshot " + id.str() + ", which the metadata do not know"}};
    if (given == known_.givenSnapshots.end()) {
      add(std::move(differences), std::nullopt, LeaveAlone{kNotOurs});
      return;
    }
    const auto& [size, volumeId] = given->second;
    if (doubt_) {
      add(std::move(differences), volumeId, LeaveAlone{*doubt_});
    } else if (!size || !volumeId) {
      add(std::move(differences), volumeId, LeaveAlone{kForgotten});
    } else {
      add(std::move(differences), volumeId, RemoveSnapshot{id, *size});
    }
  }

  void judgeOrphan(const VolumeId& id) {
    if (known_.volumes.contains(id) || isInMotion(id.str())) return;
    const auto given = known_.givenVolumes.find(id);
    std::vector<Difference> differences{
        {DriftKind::OrphanVolume, id.str(), std::nullopt,
         "the volume server has volume " + id.str() + ", which the metadata do not know"}};
    if (given == known_.givenVolumes.end()) {
      add(std::move(differences), std::nullopt, LeaveAlone{kNotOurs});
    } else if (const auto why = whyToKeep(id)) {
      add(std::move(differences), id, LeaveAlone{*why});
    } else if (!given->second.size) {
      add(std::move(differences), id, LeaveAlone{kForgotten});
    } else {
      add(std::move(differences), id, RemoveVolume{*given->second.size});
    }
  }

  const KnownState& known_;
  const Inventories& found_;
  std::map<VmmHostname, std::map<VolumeId, Presence>> presences_;
  std::set<VolumeId> volumes_;
  std::map<SnapshotId, std::optional<std::string>> snapshots_;  // with their defects
  std::map<TargetName, VolumeServerInventory::Target> targets_;
  std::optional<std::string> doubt_;      // of what the volume server shows
  std::optional<std::string> hostDoubt_;  // of what the hosts show, all together
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> compare(const KnownState& known, const Inventories& found) {
  return Comparison(known, found).run();
}

}  // namespace vbs::reconcile
