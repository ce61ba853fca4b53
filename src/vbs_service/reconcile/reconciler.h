#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/api/vbs_admin.h"
#include "common/system/scheduler.h"
#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/workflow_engine.h"
#include "vbs_service/metadata/metadata_store.h"
#include "vbs_service/reconcile/comparison.h"
#include "vbs_service/reconcile/drift_log.h"
#include "vbs_service/reconcile/surveyor.h"

namespace vbs::reconcile {

struct ReconcilerSettings {
  SurveyorSettings survey;
  std::size_t menders = 4;  ///< remedies that are carried out at the same time, one for each host at most
  /// After that a run begins no further remedy: what keeps failing must not hold up what is lost meanwhile.
  std::chrono::milliseconds mendingTime{60'000};
};

/// Compares what the delegates list with the metadata, and mends what may be mended without a person. Every
/// remedy is a workflow of its own: journalled, and refused when the resource has changed since or another
/// operation owns it. One run at a time. Thread-safe.
class Reconciler {
public:
  /// All must outlive the Reconciler.
  Reconciler(system::Scheduler& scheduler, metadata::MetadataStore& store, const engine::Delegates& delegates,
             engine::WorkflowEngine& engine, const ReconcilerSettings& settings);

  /// Waits for the run before it. Throws Busy once stop() was called.
  ReconcileReport run(const RequestId& requestId, const ReconcileRequest& request);

  /// A run ends soon, after the delegate calls that it waits for.
  void stop();

private:
  struct Run;

  std::map<std::string, std::string> doubtsIn(const Inventories& found) const;
  void tellOfDoubts(const std::map<std::string, std::string>& doubts, const RequestId& requestId);
  void rememberVolumeServer(const Run& run);
  void rememberHosts(const Run& run, system::Clock::TimePoint surveyed);
  void rememberStrays(const Run& run);
  void carryOut(Run& run, const std::vector<Finding>& findings);
  void treat(Run& run, const Finding& finding);
  void mend(Run& run, const Finding& finding);
  void setReason(const Run& run, const Finding& finding, const std::string& why);
  void condemn(const Run& run, const SnapshotId& id, const std::string& reason);
  void clearReasons(const Run& run);
  /// Throws Busy with that effect.
  void requireNotStopping(Effect effect) const;

  system::Scheduler& scheduler_;
  metadata::MetadataStore& store_;
  const engine::Delegates& delegates_;
  engine::WorkflowEngine& engine_;
  const ReconcilerSettings settings_;
  Surveyor surveyor_;
  std::atomic<bool> stopping_{false};
  system::Mutex running_;
  DriftLog log_;
  std::map<std::string, std::string> doubts_;  // of the run before
  std::set<Sighting> sightings_;               // of the run before
};

}  // namespace vbs::reconcile
