#include "common/soap/vbs_admin/client.h"

#include "common/soap/remote.h"
#include "common/soap/vbs_admin/wire.h"

namespace vbs::soap {
namespace {

std::vector<OpenOperation> operationsIn(const adm__OperationList& in) {
  std::vector<OpenOperation> operations;
  operations.reserve(in.operation.size());
  for (const adm__Operation* operation : in.operation) operations.push_back(fromWire(*operation));
  return operations;
}

ReconcileReport reportIn(const _adm__reconcileResponse& in) {
  ReconcileReport report;
  report.drifts.reserve(in.drifts->drift.size());
  for (const adm__Drift* drift : in.drifts->drift) report.drifts.push_back(fromWire(*drift));
  report.unreachable = in.unreachable->part;
  report.driftsSeen = in.driftsSeen;
  report.driftsRepaired = in.driftsRepaired;
  return report;
}

}  // namespace

VbsAdminClient::VbsAdminClient(std::unique_ptr<http::Channel> channel)
    : remote_(std::make_unique<Remote>(std::move(channel), "adm", "urn:vbs:admin:1")) {}

VbsAdminClient::~VbsAdminClient() = default;

std::vector<OpenOperation> VbsAdminClient::describeOperations(const RequestContext&) {
  return remote_->call<_adm__describeOperations, _adm__describeOperationsResponse>(
      "describeOperations", [](struct soap*, auto&) {},
      [](const auto& in) { return operationsIn(*in.operations); });
}

ReconcileReport VbsAdminClient::reconcile(const RequestContext&, const ReconcileRequest& request) {
  return remote_->call<_adm__reconcile, _adm__reconcileResponse>(
      "reconcile",
      [&](struct soap* gsoap, auto& out) {
        out.dryRun = toWire(gsoap, request.dryRun);
        out.removeOrphans = toWire(gsoap, request.removeOrphans);
        out.acceptRestored = toWire(gsoap, request.acceptRestored);
      },
      [](const auto& in) { return reportIn(in); });
}

Backup VbsAdminClient::backup(const RequestContext&, const std::string& file) {
  return remote_->call<_adm__backup, _adm__backupResponse>(
      "backup", [&](struct soap*, auto& out) { out.file = requireXmlText(file, "file"); },
      [](const auto& in) {
        return Backup{in.file, in.sizeBytes};
      });
}

Volume VbsAdminClient::adoptVolume(const RequestContext&, const VolumeId& volumeId,
                                   const std::string& comment) {
  return remote_->call<_adm__adoptVolume, _adm__adoptVolumeResponse>(
      "adoptVolume",
      [&](struct soap* gsoap, auto& out) {
        out.volumeId = volumeId.str();
        if (!comment.empty()) out.comment = toWire(gsoap, std::optional(requireXmlText(comment, "comment")));
      },
      [](const auto& in) { return fromWire(*in.volume); });
}

Snapshot VbsAdminClient::adoptSnapshot(const RequestContext&, const SnapshotId& snapshotId,
                                       const std::string& comment) {
  return remote_->call<_adm__adoptSnapshot, _adm__adoptSnapshotResponse>(
      "adoptSnapshot",
      [&](struct soap* gsoap, auto& out) {
        out.snapshotId = snapshotId.str();
        if (!comment.empty()) out.comment = toWire(gsoap, std::optional(requireXmlText(comment, "comment")));
      },
      [](const auto& in) { return fromWire(*in.snapshot); });
}

CapacityReport VbsAdminClient::describeCapacity(const RequestContext&) {
  return remote_->call<_adm__describeCapacity, _adm__describeCapacityResponse>(
      "describeCapacity", [](struct soap*, auto&) {}, [](const auto& in) { return fromWire(*in.capacity); });
}

}  // namespace vbs::soap
