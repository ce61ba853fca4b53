#include "common/soap/vbs_service/endpoint.h"

#include "common/soap/contract.h"
#include "common/soap/dispatcher.h"
#include "common/soap/record_wire.h"

namespace vbs::soap {
namespace {

template <class Id>
DescribeRequest<Id> describeRequest(const std::vector<std::string>& ids, const int* maxResults,
                                    const std::string* nextToken) {
  requireFewIds(ids);
  return {namesFromWire<Id>(ids), fromWire(maxResults), fromWire(nextToken)};
}

}  // namespace

VbsServiceEndpoint::VbsServiceEndpoint(VbsService& service)
    : dispatcher_(std::make_unique<Dispatcher>("vbs")) {
  dispatcher_->add<_vbs__createVolume, _vbs__createVolumeResponse>(
      "createVolume", [&service](Invocation& call, struct soap* gsoap, const auto& in, auto& out) {
        CreateVolumeRequest request;
        request.sizeGiB = fromWire(in.size);
        request.comment = fromWire(in.comment).value_or("");
        request.snapshotId = nameFromWire<SnapshotId>(in.snapshotId);
        request.clientToken = fromWire(in.clientToken);
        out.volume = toWire(gsoap, service.createVolume(call.request(), request));
      });
  dispatcher_->add<_vbs__deleteVolume, _vbs__deleteVolumeResponse>(
      "deleteVolume", [&service](Invocation& call, struct soap*, const auto& in, auto&) {
        service.deleteVolume(call.request(), VolumeId(in.volumeId));
      });
  dispatcher_->add<_vbs__describeVolumes, _vbs__describeVolumesResponse>(
      "describeVolumes", [&service](Invocation& call, struct soap* gsoap, const auto& in, auto& out) {
        const auto request = describeRequest<VolumeId>(in.volumeId, in.maxResults, in.nextToken);
        const Page<Volume> page = service.describeVolumes(call.request(), request);
        out.volumes = soap_new_vbs__VolumeList(gsoap);
        for (const Volume& volume : page.records) out.volumes->volume.push_back(toWire(gsoap, volume));
        out.nextToken = toWire(gsoap, page.nextToken);
      });
  dispatcher_->add<_vbs__createSnapshot, _vbs__createSnapshotResponse>(
      "createSnapshot", [&service](Invocation& call, struct soap* gsoap, const auto& in, auto& out) {
        const CreateSnapshotRequest request{VolumeId(in.volumeId), fromWire(in.comment).value_or(""),
                                            fromWire(in.clientToken)};
        out.snapshot = toWire(gsoap, service.createSnapshot(call.request(), request));
      });
  dispatcher_->add<_vbs__deleteSnapshot, _vbs__deleteSnapshotResponse>(
      "deleteSnapshot", [&service](Invocation& call, struct soap*, const auto& in, auto&) {
        service.deleteSnapshot(call.request(), SnapshotId(in.snapshotId));
      });
  dispatcher_->add<_vbs__describeSnapshots, _vbs__describeSnapshotsResponse>(
      "describeSnapshots", [&service](Invocation& call, struct soap* gsoap, const auto& in, auto& out) {
        const auto request = describeRequest<SnapshotId>(in.snapshotId, in.maxResults, in.nextToken);
        const Page<Snapshot> page = service.describeSnapshots(call.request(), request);
        out.snapshots = soap_new_vbs__SnapshotList(gsoap);
        for (const Snapshot& snapshot : page.records) {
          out.snapshots->snapshot.push_back(toWire(gsoap, snapshot));
        }
        out.nextToken = toWire(gsoap, page.nextToken);
      });
  dispatcher_->add<_vbs__attachVolume, _vbs__attachVolumeResponse>(
      "attachVolume", [&service](Invocation& call, struct soap* gsoap, const auto& in, auto& out) {
        const AttachVolumeRequest request{VolumeId(in.volumeId), VmmHostname(in.vmmHostname), VmId(in.vmId),
                                          parseVmDevice(in.vmDevice)};
        out.attachment = toWire(gsoap, service.attachVolume(call.request(), request));
      });
  dispatcher_->add<_vbs__detachVolume, _vbs__detachVolumeResponse>(
      "detachVolume", [&service](Invocation& call, struct soap* gsoap, const auto& in, auto& out) {
        const DetachVolumeRequest request{VolumeId(in.volumeId), fromWire(in.force)};
        out.attachment = toWire(gsoap, service.detachVolume(call.request(), request));
      });
}

VbsServiceEndpoint::~VbsServiceEndpoint() = default;

std::string VbsServiceEndpoint::wsdl(std::string_view url) const {
  return withAddress(kVbsContract, path(), url);
}

http::Response VbsServiceEndpoint::handle(const Message& message) {
  return dispatcher_->handle(message);
}

}  // namespace vbs::soap
