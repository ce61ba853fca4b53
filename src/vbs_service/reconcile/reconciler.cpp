#include "vbs_service/reconcile/reconciler.h"

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "common/model/error.h"
#include "common/system/in_parallel.h"
#include "vbs_service/reconcile/remedies.h"

namespace vbs::reconcile {

using metadata::MetadataReader;
using metadata::MetadataWriter;

namespace {

/// What a volume in use lacks is written beside its status.
bool concernsUsers(const Difference& difference) {
  switch (difference.kind) {
    case DriftKind::MissingVolume:
    case DriftKind::MissingTarget:
    case DriftKind::BrokenTarget:
    case DriftKind::MissingDevice:
    case DriftKind::StuckSession:
      return true;
    default:
      return false;
  }
}

bool isRemovalOfOrphan(const Remedy& remedy) {
  return std::holds_alternative<RemoveVolume>(remedy) || std::holds_alternative<RemoveSnapshot>(remedy);
}

bool isRemoval(const Remedy& remedy) {
  return std::holds_alternative<RemoveTarget>(remedy) || isRemovalOfOrphan(remedy);
}

/// Remedies with the same key are carried out one after the other. So a host that is slow to refuse holds up
/// its own volumes and no others.
std::string queueOf(const Finding& finding) {
  if (const auto* clean = std::get_if<Clean>(&finding.remedy)) return clean->found.vmmHostname.str();
  if (const auto* restore = std::get_if<Restore>(&finding.remedy); restore && restore->atHost) {
    return restore->lost.attachment.vmmHostname.str();
  }
  return finding.volumeId ? finding.volumeId->str() : std::string();
}

}  // namespace

struct Reconciler::Run {
  RequestId requestId;
  ReconcileRequest request;
  KnownState known = {};
  Inventories found = {};
  system::Clock::TimePoint mendUntil = {};
  std::mutex mutex = {};  // of all that follows, and of the log
  ReconcileReport report = {};
  std::set<std::string> differing = {};  // the resources of which a difference was found
  std::set<VolumeId> unmended = {};      // of which something is not as it should be

  void add(const Difference& difference, DriftOutcome outcome, Time firstSeen, const std::string& remark) {
    report.drifts.push_back({.kind = difference.kind,
                             .resourceId = difference.resourceId,
                             .vmmHostname = difference.vmmHostname,
                             .description = difference.description + (remark.empty() ? "" : "; " + remark),
                             .outcome = outcome,
                             .firstSeen = firstSeen});
  }

  bool couldTell(const Difference& difference) const {
    if (known.inMotion.contains(difference.resourceId)) return false;
    if (!difference.vmmHostname) return found.volumeServer && isComplete(found.volumeServer->inventory);
    const auto host = found.hosts.find(*difference.vmmHostname);
    return host != found.hosts.end() && isComplete(host->second);
  }

  /// Why the remedy is not carried out in this run, if so.
  std::optional<std::string> whyNot(const Finding& finding, system::Clock::TimePoint now) const {
    if (const auto* left = std::get_if<LeaveAlone>(&finding.remedy)) return left->why;
    if (isRemovalOfOrphan(finding.remedy) && !request.removeOrphans) {
      return "it is removed when a reconciliation is asked to remove orphans";
    }
    if (isRemoval(finding.remedy) && unmended.contains(finding.volumeId.value())) {
      return "it stays until the rest of it is gone";
    }
    if (!request.dryRun && now > mendUntil) return "it is put off to the next reconciliation";
    return std::nullopt;
  }
};

Reconciler::Reconciler(system::Scheduler& scheduler, metadata::MetadataStore& store,
                       const engine::Delegates& delegates, engine::WorkflowEngine& engine,
                       const ReconcilerSettings& settings)
    : scheduler_(scheduler),
      store_(store),
      delegates_(delegates),
      engine_(engine),
      settings_(settings),
      surveyor_(scheduler, delegates, settings.survey),
      running_(scheduler),
      log_(scheduler) {}

void Reconciler::stop() {
  stopping_ = true;
  surveyor_.stop();
}

void Reconciler::requireNotStopping(Effect effect) const {
  if (stopping_) {
    throw Error(ErrorCode::Busy, "the VBS Service is shutting down: ask again when it is back")
        .withEffect(effect);
  }
}

ReconcileReport Reconciler::run(const RequestId& requestId, const ReconcileRequest& request) {
  const std::lock_guard lock(running_);
  requireNotStopping(Effect::None);
  const bool accepts = request.acceptRestored && !request.dryRun;
  if (accepts) {
    store_.write([](MetadataWriter& tx) { tx.acceptRestored(); });
    spdlog::info("the metadata are accepted as true again request={}", requestId.str());
  }
  Run run{.requestId = requestId, .request = request};
  KnownState before = store_.read([](const MetadataReader& tx) { return knownStateIn(tx); });
  for (const VmmHostname& host : delegates_.hosts.named()) before.hosts.insert(host);
  const auto surveyed = scheduler_.now();
  run.found = surveyor_.survey(requestId, before.hosts);
  requireNotStopping(accepts ? Effect::Partial : Effect::None);
  run.known =
      agreed(before, store_.read([&](const MetadataReader& tx) { return knownStateIn(tx, run.found); }));
  run.known.sightedBefore = std::exchange(sightings_, {});
  auto doubts = doubtsIn(run.found);
  if (run.known.isRestored) doubts.emplace("what is stray", kRestored);
  tellOfDoubts(doubts, requestId);
  for (const auto& [part, why] : doubts) {
    run.report.unreachable.push_back(std::string(part).append(": ").append(why));
  }
  rememberVolumeServer(run);
  rememberHosts(run, surveyed);

  log_.beginRun(requestId);
  run.mendUntil = scheduler_.now() + settings_.mendingTime;
  const std::vector<Finding> findings = compare(run.known, run.found);
  for (const Finding& finding : findings) {
    if (finding.sighting) sightings_.insert(*finding.sighting);
  }
  carryOut(run, findings);
  rememberStrays(run);
  log_.endRun([&](const Difference& difference) { return run.couldTell(difference); });
  if (!request.dryRun) clearReasons(run);
  run.report.driftsSeen = log_.countSeen();
  run.report.driftsRepaired = log_.countRepaired();
  return std::move(run.report);
}

/// By the part, or the listing of a part, why what it shows cannot be believed.
std::map<std::string, std::string> Reconciler::doubtsIn(const Inventories& found) const {
  std::map<std::string, std::string> doubts = found.unreachable;
  const auto add = [&](const std::string& part, const std::map<std::string, std::string>& listings) {
    for (const auto& [listing, why] : listings) doubts.emplace(fmt::format("{} of {}", listing, part), why);
  };
  if (found.volumeServer) add(engine::Delegates::kVolumesName, doubtsAbout(found.volumeServer->inventory));
  for (const auto& [host, inventory] : found.hosts) add(delegates_.nameOf(host), doubtsAbout(inventory));
  for (const auto& [part, others] : found.otherCommanders) {
    doubts.emplace("the other commander of " + part,
                   "another VBS Service commands it too, " + others.front() +
                       ". Two services undo each other's work: stop one, or give each its own delegates");
  }
  return doubts;
}

void Reconciler::tellOfDoubts(const std::map<std::string, std::string>& doubts, const RequestId& requestId) {
  for (const auto& [part, why] : doubts) {
    if (doubts_.contains(part)) continue;
    spdlog::warn("{} cannot be trusted, and nothing is taken away on its word: {} request={}", part, why,
                 requestId.str());
  }
  for (const auto& [part, why] : doubts_) {
    if (doubts.contains(part)) continue;
    spdlog::info("{} can be trusted again request={}", part, requestId.str());
  }
  doubts_ = doubts;
}

/// What is on the volume server: the target ids of all, and the ids that are not ours.
void Reconciler::rememberVolumeServer(const Run& run) {
  if (!run.found.volumeServer) return;
  const VolumeServerInventory& inventory = run.found.volumeServer->inventory;
  engine::LastSurvey::Targets targets;
  for (const TargetId& id : inventory.foreignTargetIds) targets.emplace(id, std::nullopt);
  for (const VolumeServerInventory::Target& target : inventory.targets) {
    if (target.targetId) targets.insert_or_assign(*target.targetId, volumeOf(target.targetName));
  }
  delegates_.lastSurvey.seeTargets(std::move(targets), inventory.targets.state);
  std::set<std::string> ids;
  for (const auto& volume : inventory.volumes) {
    if (!run.known.volumes.contains(volume.volumeId)) ids.insert(volume.volumeId.str());
  }
  for (const auto& snapshot : inventory.snapshots) {
    if (!run.known.snapshots.contains(snapshot.snapshotId)) ids.insert(snapshot.snapshotId.str());
  }
  // The less trusted of the two.
  delegates_.lastSurvey.seeIds(std::move(ids), std::max(inventory.volumes.state, inventory.snapshots.state));
}

/// What hosts have of volumes. Of one in motion, the host may have something by now.
void Reconciler::rememberHosts(const Run& run, system::Clock::TimePoint surveyed) {
  for (const auto& [name, host] : run.found.hosts) {
    if (!isComplete(host)) continue;
    std::set<VolumeId> shown = volumesAt(host);
    for (const std::string& id : run.known.inMotion) {
      if (VolumeId::isValid(id)) shown.insert(VolumeId(id));
    }
    delegates_.lastSurvey.seeHost(name, std::move(shown), surveyed);
  }
}

/// The volumes that a VM has where they are not attached, but for those that were just taken away.
void Reconciler::rememberStrays(const Run& run) {
  engine::LastSurvey::Strays strays;
  for (const Drift& drift : run.report.drifts) {
    const bool isThere = drift.kind == DriftKind::StrayDevice && drift.outcome != DriftOutcome::Repaired;
    if (isThere && drift.vmmHostname) strays.emplace(VolumeId(drift.resourceId), *drift.vmmHostname);
  }
  delegates_.lastSurvey.seeStrays(std::move(strays), [&](const VolumeId& id, const VmmHostname& host) {
    const auto seen = run.found.hosts.find(host);
    const bool isSeen = seen != run.found.hosts.end() && isComplete(seen->second);
    return !run.known.hosts.contains(host) || (isSeen && !run.known.inMotion.contains(id.str()));
  });
}

/// In the order of the remedies, one kind after the other; within a kind, what has failed before goes last.
void Reconciler::carryOut(Run& run, const std::vector<Finding>& findings) {
  for (std::size_t kind = 0; kind < std::variant_size_v<Remedy>; ++kind) {
    std::vector<const Finding*> ofKind;
    for (const Finding& finding : findings) {
      if (finding.remedy.index() == kind) ofKind.push_back(&finding);
    }
    std::stable_partition(ofKind.begin(), ofKind.end(), [&](const Finding* finding) {
      return !log_.hasFailed(finding->differences.front());
    });
    system::inParallel(
        scheduler_, ofKind, settings_.menders, [](const Finding* finding) { return queueOf(*finding); },
        [&](const Finding* finding) {
          requireNotStopping(Effect::Partial);
          treat(run, *finding);
        });
  }
}

void Reconciler::treat(Run& run, const Finding& finding) {
  std::optional<std::string> whyNot;
  {
    const std::lock_guard lock(run.mutex);
    for (const Difference& difference : finding.differences) {
      if (concernsUsers(difference)) run.differing.insert(difference.resourceId);
    }
    whyNot = run.whyNot(finding, scheduler_.now());
    const bool isPlanned = !whyNot && run.request.dryRun;
    if (whyNot || isPlanned) {
      if (whyNot && finding.volumeId) run.unmended.insert(*finding.volumeId);
      for (const Difference& difference : finding.differences) {
        const Time firstSeen = log_.seen(difference, whyNot.value_or(""));
        run.add(difference, isPlanned ? DriftOutcome::Planned : DriftOutcome::Reported, firstSeen,
                whyNot.value_or(""));
      }
    }
  }
  if (run.request.dryRun) return;
  if (whyNot) {
    setReason(run, finding, *whyNot);
  } else {
    mend(run, finding);
  }
}

void Reconciler::mend(Run& run, const Finding& finding) {
  std::optional<engine::BegunWorkflow> begun;
  try {
    begun = engine_.begin(run.requestId,
                          [&](MetadataWriter& tx) { return reserveRemedy(tx, delegates_, finding); });
  } catch (const Error& error) {
    if (error.code() != ErrorCode::IncorrectState) throw;
    // Another operation has changed it since. The next run sees the result.
    spdlog::debug("{} request={}", error.what(), run.requestId.str());
    const std::lock_guard lock(run.mutex);
    if (finding.volumeId) run.unmended.insert(*finding.volumeId);
    return;
  }
  std::vector<Time> firstSeen;
  {
    const std::lock_guard lock(run.mutex);
    for (const Difference& difference : finding.differences) firstSeen.push_back(log_.seen(difference, ""));
  }
  std::optional<std::string> failure;
  try {
    engine_.carryOut(*begun);
  } catch (const Error& error) {
    failure = error.what();
  }
  const std::lock_guard lock(run.mutex);
  if (failure && finding.volumeId) run.unmended.insert(*finding.volumeId);
  for (std::size_t i = 0; i < finding.differences.size(); ++i) {
    const Difference& difference = finding.differences[i];
    if (failure) {
      log_.failed(difference, *failure);
    } else {
      log_.repaired(difference);
    }
    run.add(difference, failure ? DriftOutcome::Failed : DriftOutcome::Repaired, firstSeen[i],
            failure.value_or(""));
  }
}

void Reconciler::setReason(const Run& run, const Finding& finding, const std::string& why) {
  const Difference& difference = finding.differences.front();
  if (difference.kind == DriftKind::BrokenSnapshot) {
    condemn(run, SnapshotId(difference.resourceId), difference.description + "; " + why);
  }
  if (!concernsUsers(difference)) return;
  const Volume& before = run.known.volumes.at(finding.volumeId.value()).volume;
  const std::string reason = difference.description + "; " + why;
  if (before.statusReason == reason) return;
  store_.write([&](MetadataWriter& tx) {
    if (tx.findVolume(before.volumeId) != before || tx.operationOn(difference.resourceId)) return;
    tx.setVolumeReason(before.volumeId, reason);
  });
}

/// Nothing is made of it any more, and its users are told.
void Reconciler::condemn(const Run& run, const SnapshotId& id, const std::string& reason) {
  const Snapshot& before = run.known.snapshots.at(id);
  if (before.status != SnapshotStatus::Completed) return;
  store_.write([&](MetadataWriter& tx) {
    if (tx.findSnapshot(id) != before || tx.operationOn(id.str())) return;
    tx.moveSnapshot(id, SnapshotStatus::Completed, SnapshotStatus::Error, reason);
  });
}

void Reconciler::clearReasons(const Run& run) {
  for (const auto& [volumeId, known] : run.known.volumes) {
    const VolumeId& id = volumeId;  // clang 14 captures no structured binding
    const Volume& before = known.volume;
    const bool isSteady = before.status == VolumeStatus::Available || before.status == VolumeStatus::InUse;
    if (!before.statusReason || !isSteady || run.differing.contains(id.str())) continue;
    if (!run.couldTell({DriftKind::MissingVolume, id.str(), std::nullopt, ""})) continue;
    const auto& attached = known.attachment;
    if (attached &&
        !run.couldTell({DriftKind::MissingDevice, id.str(), attached->attachment.vmmHostname, ""})) {
      continue;
    }
    store_.write([&](MetadataWriter& tx) {
      if (tx.findVolume(id) != before || tx.operationOn(id.str())) return;
      tx.setVolumeReason(id, std::nullopt);
    });
  }
}

}  // namespace vbs::reconcile
