#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

#include "common/api/vbs_admin.h"
#include "common/system/periodic_task.h"
#include "vbs_service/adoption/adoption.h"
#include "vbs_service/backup_directory.h"
#include "vbs_service/capacity/capacity_watch.h"
#include "vbs_service/capacity/overcommit.h"
#include "vbs_service/metadata/metadata_store.h"
#include "vbs_service/reconcile/reconciler.h"

namespace vbs {

struct AdministrationSettings {
  std::filesystem::path backupDirectory;           ///< empty: the metadata's own
  std::chrono::milliseconds reconcileInterval{0};  ///< 0: only when an administrator asks for it
  capacity::Overcommit overcommit;
  reconcile::ReconcilerSettings reconciler;
};

/// What administrators ask of the service, and the reconciliation that it does by itself. Thread-safe.
class Administration : public VbsAdmin {
public:
  /// All must outlive the Administration.
  Administration(system::Scheduler& scheduler, metadata::MetadataStore& store,
                 const engine::Delegates& delegates, engine::WorkflowEngine& engine,
                 capacity::CapacityWatch& capacity, const AdministrationSettings& settings);

  std::vector<OpenOperation> describeOperations(const RequestContext& context) override;
  ReconcileReport reconcile(const RequestContext& context, const ReconcileRequest& request) override;
  Backup backup(const RequestContext& context, const std::string& file) override;
  Volume adoptVolume(const RequestContext& context, const VolumeId& volumeId,
                     const std::string& comment) override;
  Snapshot adoptSnapshot(const RequestContext& context, const SnapshotId& snapshotId,
                         const std::string& comment) override;
  CapacityReport describeCapacity(const RequestContext& context) override;

  /// No reconciliation begins any more, and one that runs ends soon. The destructor waits for it.
  void stop();

private:
  void reconcilePeriodically();

  metadata::MetadataStore& store_;
  capacity::CapacityWatch& capacity_;
  const capacity::Overcommit overcommit_;
  const BackupDirectory backups_;
  adoption::Adoption adoption_;
  reconcile::Reconciler reconciler_;
  std::optional<system::PeriodicTask> periodic_;
};

}  // namespace vbs
