#include "common/soap/volume_delegate/endpoint.h"

#include "common/soap/contract.h"
#include "common/soap/dispatcher.h"
#include "common/soap/volume_delegate/wire.h"

namespace vbs::soap {
namespace {

constexpr auto itemToWire = [](struct soap* gsoap, const auto& item) { return toWire(gsoap, item); };

}  // namespace

VolumeDelegateEndpoint::VolumeDelegateEndpoint(VolumeDelegate& delegate)
    : dispatcher_(std::make_unique<Dispatcher>("vd")) {
  addChanges(delegate);
  addQueries(delegate);
}

void VolumeDelegateEndpoint::addChanges(VolumeDelegate& delegate) {
  dispatcher_->add<_vd__createVolume, _vd__createVolumeResponse>(
      "createVolume", [&delegate](Invocation& call, struct soap*, const auto& in, auto& out) {
        const OperationContext operation = call.adopt(fromWire(*in.context));
        out.outcome = toWire(delegate.createVolume(operation, VolumeId(in.volumeId), SizeGiB(in.sizeGiB),
                                                   nameFromWire<SnapshotId>(in.snapshotId)));
      });
  dispatcher_->add<_vd__deleteVolume, _vd__deleteVolumeResponse>(
      "deleteVolume", [&delegate](Invocation& call, struct soap*, const auto& in, auto&) {
        const OperationContext operation = call.adopt(fromWire(*in.context));
        delegate.deleteVolume(operation, VolumeId(in.volumeId), SizeGiB(in.sizeGiB));
      });
  dispatcher_->add<_vd__createSnapshot, _vd__createSnapshotResponse>(
      "createSnapshot", [&delegate](Invocation& call, struct soap*, const auto& in, auto&) {
        const OperationContext operation = call.adopt(fromWire(*in.context));
        delegate.createSnapshot(operation, SnapshotId(in.snapshotId), VolumeId(in.volumeId),
                                SizeGiB(in.sizeGiB));
      });
  dispatcher_->add<_vd__deleteSnapshot, _vd__deleteSnapshotResponse>(
      "deleteSnapshot", [&delegate](Invocation& call, struct soap*, const auto& in, auto&) {
        const OperationContext operation = call.adopt(fromWire(*in.context));
        delegate.deleteSnapshot(operation, SnapshotId(in.snapshotId), VolumeId(in.volumeId),
                                SizeGiB(in.sizeGiB));
      });
  dispatcher_->add<_vd__exportVolume, _vd__exportVolumeResponse>(
      "exportVolume", [&delegate](Invocation& call, struct soap* gsoap, const auto& in, auto& out) {
        const OperationContext operation = call.adopt(fromWire(*in.context));
        const VolumeExport exported = delegate.exportVolume(
            operation, VolumeId(in.volumeId), targetIdentityFromWire(in.targetId, in.targetName),
            VmmHostname(in.vmmHostname));
        out.portal = toWire(gsoap, exported.portal);
        if (exported.lun) out.lun = toWire(gsoap, std::optional(exported.lun->number()));
      });
  dispatcher_->add<_vd__unexportVolume, _vd__unexportVolumeResponse>(
      "unexportVolume", [&delegate](Invocation& call, struct soap*, const auto& in, auto&) {
        const OperationContext operation = call.adopt(fromWire(*in.context));
        delegate.unexportVolume(operation, VolumeId(in.volumeId),
                                targetIdentityFromWire(in.targetId, in.targetName),
                                nameFromWire<VmmHostname>(in.lostHost));
      });
}

void VolumeDelegateEndpoint::addQueries(VolumeDelegate& delegate) {
  dispatcher_->add<_vd__describeDelegate, _vd__describeDelegateResponse>(
      "describeDelegate",
      [&delegate](Invocation& call, struct soap* gsoap, const auto& in, auto& out) {
        const RequestId requestId = call.adopt(RequestId(in.requestId));

        const auto description = delegate.describeDelegate(requestId, fromWire(*in.service));
        out.version = toWire(description.version);
        out.usesTargets = description.usesTargets;
        fillIdentity(gsoap, out, description.identity);
      },
      Telling::Routine);
  dispatcher_->add<_vd__describeCopies, _vd__describeCopiesResponse>(
      "describeCopies",
      [&delegate](Invocation& call, struct soap* gsoap, const auto& in, auto& out) {
        const RequestId requestId = call.adopt(RequestId(in.requestId));

        requireFewIds(in.volumeId);
        const auto copies = delegate.describeCopies(requestId, namesFromWire<VolumeId>(in.volumeId));
        out.copies = soap_new_vd__CopyList(gsoap);
        for (const CopyStatus& copy : copies) out.copies->copy.push_back(toWire(gsoap, copy));
      },
      Telling::Routine);
  dispatcher_->add<_vd__inventory, _vd__inventoryResponse>(
      "inventory",
      [&delegate](Invocation& call, struct soap* gsoap, const auto& in, auto& out) {
        const RequestId requestId = call.adopt(RequestId(in.requestId));

        const VolumeServerInventory inventory = delegate.inventory(requestId);
        out.volumes = soap_new_vd__VolumeList(gsoap);
        fillListing(gsoap, *out.volumes, &vd__VolumeList::volume, inventory.volumes, itemToWire);
        out.snapshots = soap_new_vd__SnapshotList(gsoap);
        fillListing(gsoap, *out.snapshots, &vd__SnapshotList::snapshot, inventory.snapshots, itemToWire);
        out.targets = soap_new_vd__TargetList(gsoap);
        fillListing(gsoap, *out.targets, &vd__TargetList::target, inventory.targets, itemToWire);
        out.showsWhatTargetsServe = inventory.showsWhatTargetsServe;
        for (const TargetId& id : inventory.foreignTargetIds) out.foreignTargetId.push_back(id.number());
      },
      Telling::Routine);
  dispatcher_->add<_vd__capacity, _vd__capacityResponse>(
      "capacity",
      [&delegate](Invocation& call, struct soap*, const auto& in, auto& out) {
        const RequestId requestId = call.adopt(RequestId(in.requestId));

        const Capacity capacity = delegate.capacity(requestId);
        out.totalBytes = capacity.totalBytes;
        out.freeBytes = capacity.freeBytes;
      },
      Telling::Routine);
}

VolumeDelegateEndpoint::~VolumeDelegateEndpoint() = default;

std::string VolumeDelegateEndpoint::wsdl(std::string_view url) const {
  return withAddress(kVolumeDelegateContract, path(), url);
}

http::Response VolumeDelegateEndpoint::handle(const Message& message) {
  return dispatcher_->handle(message);
}

}  // namespace vbs::soap
