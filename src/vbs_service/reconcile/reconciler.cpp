#include "vbs_service/reconcile/reconciler.h"

#include <spdlog/spdlog.h>

#include <optional>
#include <set>
#include <utility>

#include "common/model/error.h"
#include "vbs_service/workflows/restore_attachment.h"

namespace vbs::reconcile {

using metadata::MetadataReader;
using metadata::MetadataWriter;

struct Reconciler::Run {
  RequestId requestId;
  ReconcileRequest request;
  KnownState known;
  Inventories found;
  ReconcileReport report;
  std::set<std::string> different;  // the resources of the drifts

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
    return difference.vmmHostname ? found.hosts.contains(*difference.vmmHostname)
                                  : found.volumeServer.has_value();
  }
};

Reconciler::Reconciler(metadata::MetadataStore& store, const workflows::Delegates& delegates,
                       workflows::WorkflowEngine& engine, const SurveyorSettings& settings)
    : store_(store), delegates_(delegates), engine_(engine), surveyor_(delegates, settings) {}

void Reconciler::stop() {
  stopping_ = true;
  surveyor_.stop();
}

void Reconciler::requireNotStopping() const {
  if (stopping_) {
    throw Error(ErrorCode::Busy, "the VBS Service is shutting down: ask again when it is back");
  }
}

KnownState Reconciler::knownState() {
  return store_.read([](const MetadataReader& tx) { return knownStateIn(tx); });
}

ReconcileReport Reconciler::run(const RequestId& requestId, const ReconcileRequest& request) {
  const std::lock_guard lock(running_);
  requireNotStopping();
  Run run{
      .requestId = requestId, .request = request, .known = {}, .found = {}, .report = {}, .different = {}};
  KnownState before = knownState();
  for (const VmmHostname& host : delegates_.hosts.named()) before.hosts.insert(host);
  run.found = surveyor_.survey(requestId, before.hosts);
  requireNotStopping();
  run.known = agreed(before, knownState());
  tellOfUnreachable(run.found, requestId);
  for (const auto& [part, why] : run.found.unreachable) run.report.unreachable.push_back(part + ": " + why);

  log_.beginRun(requestId);
  for (const Finding& finding : compare(run.known, run.found)) {
    requireNotStopping();
    treat(run, finding);
  }
  log_.endRun([&](const Difference& difference) { return run.couldTell(difference); });
  if (!request.dryRun) clearReasons(run);
  run.report.driftsSeen = log_.countSeen();
  run.report.driftsRepaired = log_.countRepaired();
  return std::move(run.report);
}

void Reconciler::tellOfUnreachable(const Inventories& found, const RequestId& requestId) {
  for (const auto& [part, why] : found.unreachable) {
    if (unreachable_.contains(part)) continue;
    spdlog::warn("what {} holds cannot be compared with the metadata: {} request={}", part, why,
                 requestId.str());
  }
  for (const auto& [part, why] : unreachable_) {
    if (found.unreachable.contains(part)) continue;
    spdlog::info("what {} holds can be compared with the metadata again request={}", part, requestId.str());
  }
  unreachable_ = found.unreachable;
}

void Reconciler::treat(Run& run, const Finding& finding) {
  for (const Difference& difference : finding.differences) run.different.insert(difference.resourceId);
  if (const auto* left = std::get_if<LeaveAlone>(&finding.remedy)) {
    for (const Difference& difference : finding.differences) {
      run.add(difference, DriftOutcome::Reported, log_.seen(difference, left->why), left->why);
    }
    if (!run.request.dryRun) explain(run, finding, left->why);
  } else if (run.request.dryRun) {
    for (const Difference& difference : finding.differences) {
      run.add(difference, DriftOutcome::Planned, log_.seen(difference, ""), "");
    }
  } else {
    mend(run, finding);
  }
}

void Reconciler::mend(Run& run, const Finding& finding) {
  std::optional<workflows::BegunWorkflow> begun;
  try {
    begun = engine_.begin(run.requestId, [&](MetadataWriter& tx) -> std::shared_ptr<workflows::Workflow> {
      const Restore& restore = std::get<Restore>(finding.remedy);
      return workflows::RestoreAttachment::reserve(tx, delegates_, restore.lost, restore.atHost);
    });
  } catch (const Error& error) {
    if (error.code() != ErrorCode::IncorrectState) throw;
    // Something else goes on with it since: the next run sees what came of it.
    spdlog::debug("{} request={}", error.what(), run.requestId.str());
    return;
  }
  std::optional<std::string> failure;
  std::vector<Time> firstSeen;
  for (const Difference& difference : finding.differences) firstSeen.push_back(log_.seen(difference, ""));
  try {
    engine_.carryOut(*begun);
  } catch (const Error& error) {
    failure = error.what();
  }
  for (std::size_t i = 0; i < finding.differences.size(); ++i) {
    const Difference& difference = finding.differences[i];
    if (failure) {
      log_.failed(difference, *failure);
      run.add(difference, DriftOutcome::Failed, firstSeen[i], *failure);
    } else {
      log_.repaired(difference);
      run.add(difference, DriftOutcome::Repaired, firstSeen[i], "");
    }
  }
}

void Reconciler::explain(const Run& run, const Finding& finding, const std::string& why) {
  const Difference& difference = finding.differences.front();
  if (!VolumeId::isValid(difference.resourceId)) return;
  const auto known = run.known.volumes.find(VolumeId(difference.resourceId));
  if (known == run.known.volumes.end()) return;
  const Volume& before = known->second.volume;
  const std::string reason = difference.description + "; " + why;
  if (before.statusReason == reason) return;
  store_.write([&](MetadataWriter& tx) {
    if (tx.findVolume(before.volumeId) != before || tx.operationOn(difference.resourceId)) return;
    tx.explainVolume(before.volumeId, reason);
  });
}

void Reconciler::clearReasons(const Run& run) {
  for (const auto& [id, known] : run.known.volumes) {
    const Volume& before = known.volume;
    const bool isSteady = before.status == VolumeStatus::Available || before.status == VolumeStatus::InUse;
    if (!before.statusReason || !isSteady || run.different.contains(id.str())) continue;
    const Difference wouldBe{DriftKind::MissingVolume, id.str(), std::nullopt, ""};
    if (!run.couldTell(wouldBe)) continue;
    if (known.attachment && !run.found.hosts.contains(known.attachment->attachment.vmmHostname)) continue;
    store_.write([&](MetadataWriter& tx) {
      if (tx.findVolume(id) != before || tx.operationOn(id.str())) return;
      tx.explainVolume(id, std::nullopt);
    });
  }
}

}  // namespace vbs::reconcile
