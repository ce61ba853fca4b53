#include "vbs_service/administration.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>

#include "common/model/error.h"
#include "common/model/uuid.h"
#include "vbs_service/workflows/resume.h"

namespace vbs {
namespace {

/// Long enough for what an earlier service left open to be settled, as a rule.
constexpr std::chrono::milliseconds kFirstReconciliation{1'000};

OpenOperation openOperationOf(const metadata::Operation& operation) {
  const auto* kind = metadata::kindNamed(operation.kind, workflows::operationKinds());
  return {.operationId = operation.id,
          .kind = operation.kind,
          .resourceId = operation.resource.id,
          .isRollingBack = operation.state == metadata::OperationState::RollingBack,
          .step = operation.step,
          .requestId = operation.requestId,
          .createTime = operation.createdAt,
          .updateTime = operation.updatedAt,
          .attempts = operation.attempts,
          .lastError = operation.lastError,
          .description = kind != nullptr ? std::optional(std::string(kind->inWords)) : std::nullopt};
}

}  // namespace

Administration::Administration(system::Scheduler& scheduler, metadata::MetadataStore& store,
                               const engine::Delegates& delegates, engine::WorkflowEngine& engine,
                               capacity::CapacityWatch& capacity, const AdministrationSettings& settings)
    : store_(store),
      capacity_(capacity),
      overcommit_(settings.overcommit),
      backups_(settings.backupDirectory, store.file()),
      adoption_(scheduler, store, delegates, settings.reconciler.survey),
      reconciler_(scheduler, store, delegates, engine, settings.reconciler) {
  if (settings.reconcileInterval.count() == 0) return;
  periodic_.emplace(scheduler, std::min(kFirstReconciliation, settings.reconcileInterval),
                    settings.reconcileInterval, [this] { reconcilePeriodically(); });
}

void Administration::stop() {
  if (periodic_) periodic_->stop();
  adoption_.stop();
  reconciler_.stop();
}

std::vector<OpenOperation> Administration::describeOperations(const RequestContext& /*context*/) {
  std::vector<OpenOperation> operations;
  for (const metadata::Operation& operation :
       store_.read([](const metadata::MetadataReader& tx) { return tx.openOperations(); })) {
    operations.push_back(openOperationOf(operation));
  }
  return operations;
}

ReconcileReport Administration::reconcile(const RequestContext& context, const ReconcileRequest& request) {
  return reconciler_.run(context.requestId, request);
}

void Administration::reconcilePeriodically() {
  const RequestId requestId(randomUuid());
  try {
    reconciler_.run(requestId, {});
  } catch (const Error& error) {
    if (error.code() == ErrorCode::Busy) return;  // the service stops
    spdlog::error("the reconciliation ended early: {} request={}", error.what(), requestId.str());
  } catch (const std::exception& error) {
    spdlog::error("the reconciliation ended early: {} request={}", error.what(), requestId.str());
  }
}

Backup Administration::backup(const RequestContext& context, const std::string& file) {
  const std::filesystem::path place = backups_.place(file);
  const std::int64_t size = store_.backup(place);
  spdlog::info("the metadata are backed up in {}, {} bytes request={}", place.string(), size,
               context.requestId.str());
  return {.file = place.string(), .sizeBytes = size};
}

Volume Administration::adoptVolume(const RequestContext& context, const VolumeId& volumeId,
                                   const std::string& comment) {
  return adoption_.adopt(context.requestId, volumeId, comment);
}

Snapshot Administration::adoptSnapshot(const RequestContext& context, const SnapshotId& snapshotId,
                                       const std::string& comment) {
  return adoption_.adopt(context.requestId, snapshotId, comment);
}

CapacityReport Administration::describeCapacity(const RequestContext& context) {
  const capacity::CapacityView view = capacity_.current(context.requestId);
  const auto provisioned = store_.read([](const metadata::MetadataReader& tx) { return tx.provisioned(); });
  CapacityReport report{.seen = view.seen,
                        .reason = view.reason,
                        .volumesGiB = provisioned.volumesGiB,
                        .snapshotsGiB = provisioned.snapshotsGiB,
                        .overcommit = overcommit_.str(),
                        .limitGiB = std::nullopt};
  if (view.seen) report.limitGiB = overcommit_.limitGiB(view.seen->totalBytes);
  return report;
}

}  // namespace vbs
