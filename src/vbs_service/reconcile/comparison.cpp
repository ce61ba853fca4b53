#include "vbs_service/reconcile/comparison.h"

#include <algorithm>
#include <set>
#include <utility>

namespace vbs::reconcile {
namespace {

template <class Id>
std::set<Id> setOf(const std::vector<Id>& ids) {
  return {ids.begin(), ids.end()};
}

std::string placeOf(const Attachment& attachment) {
  return "VM " + attachment.vmId.str() + " on " + attachment.vmmHostname.str() + " as " +
         attachment.vmDevice.str();
}

bool shows(const std::vector<VmHostInventory::Session>& sessions, const VolumeId& id) {
  return std::any_of(sessions.begin(), sessions.end(), [&](const auto& each) { return each.volumeId == id; });
}

bool shows(const std::vector<VmHostInventory::Device>& devices, const VolumeId& id) {
  return std::any_of(devices.begin(), devices.end(), [&](const auto& each) { return each.volumeId == id; });
}

/// A volume that is at its host, be it in a VM that the listing names in another way than the attachment (Xen
/// lists numbers), is not missing.
bool isMissingAt(const VmHostInventory& host, const VolumeId& id) {
  if (!host.sessions.empty() && !shows(host.sessions, id)) return true;
  // A host with sessions and no devices at all may be one where volumes end at the host itself.
  const bool listsDevices = !host.devices.empty() || host.sessions.empty();
  return listsDevices && !shows(host.devices, id);
}

class Comparison {
public:
  Comparison(const KnownState& known, const Inventories& found) : known_(known), found_(found) {
    if (!found.volumeServer) return;
    const VolumeServerInventory& inventory = found.volumeServer->inventory;
    volumes_ = setOf(inventory.volumes);
    snapshots_ = setOf(inventory.snapshots);
    for (const auto& target : inventory.targets) targets_.insert(target.targetName);
  }

  std::vector<Finding> run() && {
    for (const auto& [id, volume] : known_.volumes) {
      if (!isInMotion(id.str())) judge(volume);
    }
    for (const auto& [id, snapshot] : known_.snapshots) {
      if (!isInMotion(id.str())) judge(snapshot);
    }
    return std::move(findings_);
  }

private:
  bool isInMotion(const std::string& resourceId) const { return known_.inMotion.contains(resourceId); }

  void report(DriftKind kind, const std::string& resourceId, const std::string& description,
              const std::string& why) {
    findings_.push_back({{{kind, resourceId, std::nullopt, description}}, LeaveAlone{why}});
  }

  void judge(const KnownVolume& known) {
    const Volume& volume = known.volume;
    const bool isExpected = volume.status == VolumeStatus::Available || volume.status == VolumeStatus::InUse;
    if (isExpected && found_.volumeServer && !volumes_.contains(volume.volumeId)) {
      report(DriftKind::MissingVolume, volume.volumeId.str(),
             "the volume server does not have volume " + volume.volumeId.str(),
             "a lost volume is never made anew: bring its data back, or delete it");
      return;
    }
    if (volume.status == VolumeStatus::InUse && known.attachment) judge(*known.attachment);
  }

  void judge(const Snapshot& snapshot) {
    if (snapshot.status != SnapshotStatus::Completed || !found_.volumeServer ||
        snapshots_.contains(snapshot.snapshotId)) {
      return;
    }
    report(DriftKind::MissingSnapshot, snapshot.snapshotId.str(),
           "the volume server does not have snapshot " + snapshot.snapshotId.str(),
           "a lost snapshot is never made anew: bring its data back, or delete it");
  }

  void judge(const metadata::AttachmentRecord& record) {
    const Attachment& attachment = record.attachment;
    const std::string& id = attachment.volumeId.str();
    std::vector<Difference> differences;
    if (found_.volumeServer && found_.volumeServer->usesTargets && record.target &&
        !targets_.contains(record.target->targetName)) {
      differences.push_back({DriftKind::MissingTarget, id, std::nullopt,
                             "volume " + id + " is attached to " + placeOf(attachment) +
                                 ", but there is no target " + record.target->targetName.str()});
    }
    const auto host = found_.hosts.find(attachment.vmmHostname);
    const bool isMissing = host != found_.hosts.end() && isMissingAt(host->second, attachment.volumeId);
    if (isMissing) {
      differences.push_back({DriftKind::MissingDevice, id, attachment.vmmHostname,
                             "volume " + id + " is not at " + placeOf(attachment)});
    }
    if (differences.empty()) return;
    if (found_.volumeServer) {
      findings_.push_back({std::move(differences), Restore{record, isMissing}});
    } else {
      findings_.push_back(
          {std::move(differences), LeaveAlone{"it is restored once the Volume Delegate answers"}});
    }
  }

  const KnownState& known_;
  const Inventories& found_;
  std::set<VolumeId> volumes_;
  std::set<SnapshotId> snapshots_;
  std::set<TargetName> targets_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> compare(const KnownState& known, const Inventories& found) {
  return Comparison(known, found).run();
}

}  // namespace vbs::reconcile
