#include "vbs_service/reconcile/comparison.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace vbs::reconcile {
namespace {

using workflows::Context;

constexpr const char* kNotOurs = "this service did not give its id: it may be another one's";
constexpr const char* kForgotten =
    "it was gone before the metadata remembered what removing it takes: remove it by hand";
constexpr const char* kBroken = "what it held is lost: it can only be deleted";
constexpr const char* kLostForGood = "what is lost is never made anew: bring its data back, or delete it";

std::string placeOf(const Attachment& attachment) {
  return "VM " + attachment.vmId.str() + " on " + attachment.vmmHostname.str() + " as " +
         attachment.vmDevice.str();
}

/// A listing that the host does not have shows nothing missing.
template <class Listed>
bool lacks(const std::optional<std::vector<Listed>>& listing, const VolumeId& id) {
  return listing && std::none_of(listing->begin(), listing->end(),
                                 [&](const Listed& each) { return each.volumeId == id; });
}

/// A volume that is in a VM of its host is not missing, though the listing may name the VM in another way
/// than the attachment does (Xen lists numbers).
bool isMissingAt(const VmHostInventory& host, const VolumeId& id) {
  return lacks(host.sessions, id) || lacks(host.devices, id);
}

/// What a host shows of one volume.
struct Presence {
  std::vector<VmHostInventory::Session> sessions;
  std::vector<VmHostInventory::Device> devices;
};

std::map<VolumeId, Presence> presencesAt(const VmHostInventory& host) {
  std::map<VolumeId, Presence> presences;
  for (const auto& session : host.sessions.value_or(std::vector<VmHostInventory::Session>())) {
    if (session.volumeId) presences[*session.volumeId].sessions.push_back(session);
  }
  for (const auto& device : host.devices.value_or(std::vector<VmHostInventory::Device>())) {
    if (device.volumeId) presences[*device.volumeId].devices.push_back(device);
  }
  return presences;
}

class Comparison {
public:
  Comparison(const KnownState& known, const Inventories& found) : known_(known), found_(found) {
    for (const auto& [name, host] : found.hosts) presences_.emplace(name, presencesAt(host));
    if (!found.volumeServer) return;
    const VolumeServerInventory& inventory = found.volumeServer->inventory;
    volumes_.insert(inventory.volumes.begin(), inventory.volumes.end());
    for (const auto& [id, defect] : inventory.snapshots) snapshots_.emplace(id, defect);
    for (const auto& target : inventory.targets) targets_.insert(target.targetName);
  }

  std::vector<Finding> run() && {
    doubt_ = doubtOfTheVolumeServer();
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

  /// A volume server that shows nothing of what it should have is not what the metadata are about: a
  /// directory that is not mounted, another volume group, an old or a wrong database.
  std::optional<std::string> doubtOfTheVolumeServer() const {
    if (!found_.volumeServer) return std::nullopt;
    bool isAnyExpected = false;
    for (const auto& [id, known] : known_.volumes) {
      if (!isExpected(known.volume)) continue;
      if (volumes_.contains(id)) return std::nullopt;
      isAnyExpected = true;
    }
    if (!isAnyExpected) return std::nullopt;
    return "nothing is removed while the volume server shows none of the volumes that it should have";
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
    for (const VmmHostname& host : known_.hosts) {
      if (!found_.hosts.contains(host)) {
        return "it stays as long as it cannot be told whether " + host.str() + " has it";
      }
    }
    return std::nullopt;
  }

  void add(std::vector<Difference> differences, const std::optional<VolumeId>& volumeId, Remedy remedy) {
    findings_.push_back({std::move(differences), volumeId, std::move(remedy)});
  }

  void judge(const KnownVolume& known) {
    const Volume& volume = known.volume;
    const std::string& id = volume.volumeId.str();
    if (isExpected(volume) && found_.volumeServer && !volumes_.contains(volume.volumeId)) {
      add({{DriftKind::MissingVolume, id, std::nullopt, "the volume server does not have volume " + id}},
          volume.volumeId, LeaveAlone{kLostForGood});
      return;
    }
    if (volume.status == VolumeStatus::InUse && known.attachment) {
      judge(*known.attachment, volume.statusReason.has_value());
    }
  }

  void judge(const Snapshot& snapshot) {
    if (!found_.volumeServer) return;
    const std::string& id = snapshot.snapshotId.str();
    const auto found = snapshots_.find(snapshot.snapshotId);
    if (found == snapshots_.end()) {
      if (snapshot.status != SnapshotStatus::Completed) return;
      add({{DriftKind::MissingSnapshot, id, std::nullopt, "the volume server does not have snapshot " + id}},
          snapshot.volumeId, LeaveAlone{kLostForGood});
    } else if (const auto& defect = found->second) {
      add({{DriftKind::BrokenSnapshot, id, std::nullopt, "snapshot " + id + " is broken: " + *defect}},
          snapshot.volumeId, LeaveAlone{kBroken});
    }
  }

  /// `isInDoubt`: what was done last for the attachment did not end well. Then a target that is listed may be
  /// half made: exporting it again completes it.
  void judge(const metadata::AttachmentRecord& record, bool isInDoubt) {
    const Attachment& attachment = record.attachment;
    const std::string& id = attachment.volumeId.str();
    const auto host = found_.hosts.find(attachment.vmmHostname);
    const bool isMissing = host != found_.hosts.end() && isMissingAt(host->second, attachment.volumeId);
    const bool isThere = host != found_.hosts.end() && !isMissing;
    std::vector<Difference> differences;
    if (found_.volumeServer && found_.volumeServer->usesTargets && record.target) {
      const std::string& name = record.target->targetName.str();
      const bool isListed = targets_.contains(record.target->targetName);
      // What is attached again is exported again, too.
      if (!isListed || (isInDoubt && isThere)) {
        differences.push_back({DriftKind::MissingTarget, id, std::nullopt,
                               "volume " + id + " is attached to " + placeOf(attachment) +
                                   (isListed ? ", but its target " + name + " may be half made"
                                             : ", but there is no target " + name)});
      }
    }
    if (isMissing) {
      differences.push_back({DriftKind::MissingDevice, id, attachment.vmmHostname,
                             "volume " + id + " is not at " + placeOf(attachment)});
    }
    if (differences.empty()) return;
    if (found_.volumeServer) {
      add(std::move(differences), attachment.volumeId, Restore{record, isMissing});
    } else {
      add(std::move(differences), attachment.volumeId,
          LeaveAlone{"it is restored once the Volume Delegate answers"});
    }
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
    if (doubt_) {
      add({std::move(difference)}, id, LeaveAlone{*doubt_});
    } else if (isDevice && !presence.devices.front().vmId) {
      add({std::move(difference)}, id,
          LeaveAlone{"the host's list.devices does not show which VM has it: take it from the VM by hand"});
    } else {
      add({std::move(difference)}, id, Clean{whatToClean(host, id, presence, record)});
    }
  }

  static std::string describe(const VmmHostname& host, const VolumeId& id, const Presence& presence) {
    const std::string what = "volume " + id.str() + " is not attached at " + host.str() + ", but ";
    if (presence.devices.empty()) return what + "that host is connected to it";
    const VmHostInventory::Device& device = presence.devices.front();
    return what + (device.vmId ? "VM " + device.vmId->str() : "a VM") + " has it" +
           (device.vmDevice ? " as " + device.vmDevice->str() : "");
  }

  /// `attached`: the volume's attachment elsewhere, if it has one.
  static Context whatToClean(const VmmHostname& host, const VolumeId& id, const Presence& presence,
                             const metadata::AttachmentRecord* attached) {
    Context found{.volumeId = id, .vmmHostname = host, .wasFound = true};
    if (!presence.devices.empty()) {
      found.vmId = presence.devices.front().vmId;
      found.vmDevice = presence.devices.front().vmDevice;
    }
    // With several devices only one is taken from its VM: the host must stay connected for the others, which
    // the next reconciliation finds.
    if (presence.sessions.empty() || presence.devices.size() > 1) return found;
    const VmHostInventory::Session& session = presence.sessions.front();
    found.foundTarget = session.targetName;
    found.exported = {.portal = session.portal, .lun = session.lun};
    if (attached != nullptr) {
      if (!found.exported.portal) found.exported.portal = attached->exported.portal;
      if (!found.exported.lun) found.exported.lun = attached->exported.lun;
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
      // A stack without numbers has no use for this one, which no attachment comes to have either.
      add({std::move(difference)}, *id,
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
  std::set<TargetName> targets_;
  std::optional<std::string> doubt_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> compare(const KnownState& known, const Inventories& found) {
  return Comparison(known, found).run();
}

}  // namespace vbs::reconcile
