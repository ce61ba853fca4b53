#include "vbs_service/reconcile/comparison.h"

#include <optional>
#include <string>
#include <utility>

#include "vbs_service/reconcile/attachment_comparison.h"
#include "vbs_service/reconcile/evidence.h"
#include "vbs_service/reconcile/findings.h"
#include "vbs_service/reconcile/host_comparison.h"

namespace vbs::reconcile {
namespace {

constexpr const char* kNotOurs = "this service did not give its id: it may be another one's";
constexpr const char* kForgotten =
    "it was gone before the metadata remembered what removing it takes: remove it by hand";
constexpr const char* kBroken = "what it held is lost: it can only be deleted";
constexpr const char* kLostForGood = "what is lost is never made anew: bring its data back, or delete it";

class Comparison {
public:
  Comparison(const Evidence& evidence, Findings& findings) : evidence_(evidence), findings_(findings) {}

  void run() {
    for (const auto& [id, volume] : evidence_.known().volumes) {
      if (!evidence_.isInMotion(id.str())) judge(volume);
    }
    for (const auto& [id, snapshot] : evidence_.known().snapshots) {
      if (!evidence_.isInMotion(id.str())) judge(snapshot);
    }
    for (const auto& [host, presences] : evidence_.presences()) {
      for (const auto& [id, presence] : presences) compareHost(host, id, presence, evidence_, findings_);
    }
    if (evidence_.found().volumeServer) {
      for (const auto& target : evidence_.found().volumeServer->inventory.targets) judge(target);
      for (const auto& [id, defect] : evidence_.snapshots()) judgeOrphan(id);
      for (const VolumeId& id : evidence_.volumes()) judgeOrphan(id);
    }
  }

private:
  void judge(const KnownVolume& known) {
    const Volume& volume = known.volume;
    const std::string& id = volume.volumeId.str();
    const bool isListed = evidence_.volumes().contains(volume.volumeId);
    if (Evidence::isExpected(volume) && evidence_.found().volumeServer &&
        evidence_.found().volumeServer->inventory.volumes.isComplete() && !isListed) {
      findings_.add(
          {{DriftKind::MissingVolume, id, std::nullopt, "the volume server does not have volume " + id}},
          volume.volumeId, LeaveAlone{kLostForGood});
      return;
    }
    if (volume.status == VolumeStatus::InUse && known.attachment) {
      compareAttachment(*known.attachment, evidence_, findings_);
    }
  }

  void judge(const Snapshot& snapshot) {
    if (!evidence_.found().volumeServer) return;
    const std::string& id = snapshot.snapshotId.str();
    const auto found = evidence_.snapshots().find(snapshot.snapshotId);
    if (found == evidence_.snapshots().end()) {
      if (snapshot.status != SnapshotStatus::Completed) return;
      if (!evidence_.found().volumeServer->inventory.snapshots.isComplete()) return;
      findings_.add(
          {{DriftKind::MissingSnapshot, id, std::nullopt, "the volume server does not have snapshot " + id}},
          snapshot.volumeId, LeaveAlone{kLostForGood});
    } else if (const auto& defect = found->second) {
      findings_.add(
          {{DriftKind::BrokenSnapshot, id, std::nullopt, "snapshot " + id + " is broken: " + *defect}},
          snapshot.volumeId, LeaveAlone{kBroken});
    }
  }

  void judge(const VolumeServerInventory::Target& target) {
    const auto id = volumeOf(target.targetName);
    if (!id || !evidence_.isOurs(*id) || evidence_.isInMotion(id->str())) return;
    const std::string& name = target.targetName.str();
    Difference difference{DriftKind::StrayTarget, id->str(), std::nullopt,
                          "volume " + id->str() + " is not attached, but there is a target " + name};
    if (const auto* record = evidence_.attachmentOf(*id)) {
      if (record->target && record->target->targetName == target.targetName) return;
      difference.description = "volume " + id->str() + " is attached, but not by its target " + name;
      findings_.add({std::move(difference)}, *id, LeaveAlone{"it may be what its host is connected to"});
    } else if (const auto why = evidence_.whyToKeep(*id)) {
      findings_.add({std::move(difference)}, *id, LeaveAlone{*why});
    } else {
      // A stack without target ids has no use for this one, and no attachment gets it either.
      findings_.addStray(
          std::move(difference),
          {.vmmHostname = std::nullopt, .volumeId = *id, .targetName = target.targetName},
          RemoveTarget{{target.targetId.value_or(TargetId(TargetId::kMax)), target.targetName}});
    }
  }

  void judgeOrphan(const SnapshotId& id) {
    if (evidence_.known().snapshots.contains(id) || evidence_.isInMotion(id.str())) return;
    const auto given = evidence_.known().givenSnapshots.find(id);
    std::vector<Difference> differences{
        {DriftKind::OrphanSnapshot, id.str(), std::nullopt,
         "the volume server has snapshot " + id.str() + ", which the metadata do not know"}};
    if (given == evidence_.known().givenSnapshots.end()) {
      findings_.add(std::move(differences), std::nullopt, LeaveAlone{kNotOurs});
      return;
    }
    const auto& [size, volumeId] = given->second;
    if (evidence_.doubt()) {
      findings_.add(std::move(differences), volumeId, LeaveAlone{*evidence_.doubt()});
    } else if (!size || !volumeId) {
      findings_.add(std::move(differences), volumeId, LeaveAlone{kForgotten});
    } else {
      findings_.add(std::move(differences), volumeId, RemoveSnapshot{id, *size});
    }
  }

  void judgeOrphan(const VolumeId& id) {
    if (evidence_.known().volumes.contains(id) || evidence_.isInMotion(id.str())) return;
    const auto given = evidence_.known().givenVolumes.find(id);
    std::vector<Difference> differences{
        {DriftKind::OrphanVolume, id.str(), std::nullopt,
         "the volume server has volume " + id.str() + ", which the metadata do not know"}};
    if (given == evidence_.known().givenVolumes.end()) {
      findings_.add(std::move(differences), std::nullopt, LeaveAlone{kNotOurs});
    } else if (const auto why = evidence_.whyToKeep(id)) {
      findings_.add(std::move(differences), id, LeaveAlone{*why});
    } else if (!given->second.size) {
      findings_.add(std::move(differences), id, LeaveAlone{kForgotten});
    } else {
      findings_.add(std::move(differences), id, RemoveVolume{*given->second.size});
    }
  }

  const Evidence& evidence_;
  Findings& findings_;
};

}  // namespace

std::vector<Finding> compare(const KnownState& known, const Inventories& found) {
  const Evidence evidence(known, found);
  Findings findings(known.sightedBefore);
  Comparison(evidence, findings).run();
  return std::move(findings).take();
}

}  // namespace vbs::reconcile
