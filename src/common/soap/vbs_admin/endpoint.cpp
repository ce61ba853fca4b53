#include "common/soap/vbs_admin/endpoint.h"

#include "common/soap/contract.h"
#include "common/soap/dispatcher.h"
#include "common/soap/vbs_admin/wire.h"

namespace vbs::soap {

VbsAdminEndpoint::VbsAdminEndpoint(VbsAdmin& admin) : dispatcher_(std::make_unique<Dispatcher>("adm")) {
  dispatcher_->add<_adm__describeOperations, _adm__describeOperationsResponse>(
      "describeOperations", [&admin](Invocation& call, struct soap* gsoap, const auto&, auto& out) {
        const std::vector<OpenOperation> operations = admin.describeOperations(call.request());
        out.operations = soap_new_adm__OperationList(gsoap);
        for (const OpenOperation& operation : operations) {
          out.operations->operation.push_back(toWire(gsoap, operation));
        }
      });
  dispatcher_->add<_adm__reconcile, _adm__reconcileResponse>(
      "reconcile", [&admin](Invocation& call, struct soap* gsoap, const auto& in, auto& out) {
        const ReconcileReport report =
            admin.reconcile(call.request(), {.dryRun = fromWire(in.dryRun),
                                             .removeOrphans = fromWire(in.removeOrphans),
                                             .acceptRestored = fromWire(in.acceptRestored)});
        out.drifts = soap_new_adm__DriftList(gsoap);
        for (const Drift& drift : report.drifts) out.drifts->drift.push_back(toWire(gsoap, drift));
        out.unreachable = soap_new_adm__PartList(gsoap);
        for (const std::string& part : report.unreachable) out.unreachable->part.push_back(toWire(part));
        out.driftsSeen = report.driftsSeen;
        out.driftsRepaired = report.driftsRepaired;
      });
  dispatcher_->add<_adm__backup, _adm__backupResponse>(
      "backup", [&admin](Invocation& call, struct soap*, const auto& in, auto& out) {
        const Backup backup = admin.backup(call.request(), in.file);
        out.file = toWire(backup.file);
        out.sizeBytes = backup.sizeBytes;
      });
  dispatcher_->add<_adm__adoptVolume, _adm__adoptVolumeResponse>(
      "adoptVolume", [&admin](Invocation& call, struct soap* gsoap, const auto& in, auto& out) {
        out.volume = toWire(gsoap, admin.adoptVolume(call.request(), VolumeId(in.volumeId),
                                                     fromWire(in.comment).value_or("")));
      });
  dispatcher_->add<_adm__adoptSnapshot, _adm__adoptSnapshotResponse>(
      "adoptSnapshot", [&admin](Invocation& call, struct soap* gsoap, const auto& in, auto& out) {
        out.snapshot = toWire(gsoap, admin.adoptSnapshot(call.request(), SnapshotId(in.snapshotId),
                                                         fromWire(in.comment).value_or("")));
      });
  dispatcher_->add<_adm__describeCapacity, _adm__describeCapacityResponse>(
      "describeCapacity", [&admin](Invocation& call, struct soap* gsoap, const auto&, auto& out) {
        out.capacity = toWire(gsoap, admin.describeCapacity(call.request()));
      });
}

VbsAdminEndpoint::~VbsAdminEndpoint() = default;

std::string VbsAdminEndpoint::wsdl(std::string_view url) const {
  return withAddress(kVbsAdminContract, path(), url);
}

http::Response VbsAdminEndpoint::handle(const Message& message) {
  return dispatcher_->handle(message);
}

}  // namespace vbs::soap
