#include "common/soap/vbs_service/client.h"

#include "common/soap/record_wire.h"
#include "common/soap/remote.h"

namespace vbs::soap {
namespace {

/// The fields that both describe operations have.
template <class Request, class Id>
void fillPage(struct soap* gsoap, Request& out, const DescribeRequest<Id>& request) {
  out.maxResults = toWire(gsoap, request.maxResults);
  if (request.nextToken) requireXmlText(*request.nextToken, "nextToken");
  out.nextToken = toWire(gsoap, request.nextToken);
}

/// The fields that both create operations have.
template <class Wire, class Request>
void fillCreation(struct soap* gsoap, Wire& out, const Request& request) {
  if (!request.comment.empty()) {
    out.comment = toWire(gsoap, std::optional(requireXmlText(request.comment, "comment")));
  }
  if (request.clientToken) requireXmlText(*request.clientToken, "clientToken");
  out.clientToken = toWire(gsoap, request.clientToken);
}

template <class Record, class List>
Page<Record> pageIn(const List& records, const std::string* nextToken) {
  Page<Record> page;
  page.records.reserve(records.size());
  for (const auto* record : records) page.records.push_back(fromWire(*record));
  page.nextToken = fromWire(nextToken);
  return page;
}

}  // namespace

VbsServiceClient::VbsServiceClient(std::unique_ptr<http::Channel> channel)
    : remote_(std::make_unique<Remote>(std::move(channel), "vbs", "urn:vbs:service:1")) {}

VbsServiceClient::~VbsServiceClient() = default;

Volume VbsServiceClient::createVolume(const RequestContext&, const CreateVolumeRequest& request) {
  return remote_->call<_vbs__createVolume, _vbs__createVolumeResponse>(
      "createVolume",
      [&](struct soap* gsoap, auto& out) {
        out.size = toWire(gsoap, request.sizeGiB);
        out.snapshotId = toWire(gsoap, request.snapshotId);
        fillCreation(gsoap, out, request);
      },
      [](const auto& in) { return fromWire(*in.volume); });
}

void VbsServiceClient::deleteVolume(const RequestContext&, const VolumeId& volumeId) {
  remote_->call<_vbs__deleteVolume, _vbs__deleteVolumeResponse>(
      "deleteVolume", [&](struct soap*, auto& out) { out.volumeId = volumeId.str(); }, [](const auto&) {});
}

Page<Volume> VbsServiceClient::describeVolumes(const RequestContext&,
                                               const DescribeRequest<VolumeId>& request) {
  return remote_->call<_vbs__describeVolumes, _vbs__describeVolumesResponse>(
      "describeVolumes",
      [&](struct soap* gsoap, auto& out) {
        out.volumeId = toWire(request.ids);
        fillPage(gsoap, out, request);
      },
      [](const auto& in) { return pageIn<Volume>(in.volumes->volume, in.nextToken); });
}

Snapshot VbsServiceClient::createSnapshot(const RequestContext&, const CreateSnapshotRequest& request) {
  return remote_->call<_vbs__createSnapshot, _vbs__createSnapshotResponse>(
      "createSnapshot",
      [&](struct soap* gsoap, auto& out) {
        out.volumeId = request.volumeId.str();
        fillCreation(gsoap, out, request);
      },
      [](const auto& in) { return fromWire(*in.snapshot); });
}

void VbsServiceClient::deleteSnapshot(const RequestContext&, const SnapshotId& snapshotId) {
  remote_->call<_vbs__deleteSnapshot, _vbs__deleteSnapshotResponse>(
      "deleteSnapshot", [&](struct soap*, auto& out) { out.snapshotId = snapshotId.str(); },
      [](const auto&) {});
}

Page<Snapshot> VbsServiceClient::describeSnapshots(const RequestContext&,
                                                   const DescribeRequest<SnapshotId>& request) {
  return remote_->call<_vbs__describeSnapshots, _vbs__describeSnapshotsResponse>(
      "describeSnapshots",
      [&](struct soap* gsoap, auto& out) {
        out.snapshotId = toWire(request.ids);
        fillPage(gsoap, out, request);
      },
      [](const auto& in) { return pageIn<Snapshot>(in.snapshots->snapshot, in.nextToken); });
}

Attachment VbsServiceClient::attachVolume(const RequestContext&, const AttachVolumeRequest& request) {
  return remote_->call<_vbs__attachVolume, _vbs__attachVolumeResponse>(
      "attachVolume",
      [&](struct soap*, auto& out) {
        out.volumeId = request.volumeId.str();
        out.vmmHostname = request.vmmHostname.str();
        out.vmId = request.vmId.str();
        out.vmDevice = request.vmDevice.str();
      },
      [](const auto& in) { return fromWire(*in.attachment); });
}

Attachment VbsServiceClient::detachVolume(const RequestContext&, const DetachVolumeRequest& request) {
  return remote_->call<_vbs__detachVolume, _vbs__detachVolumeResponse>(
      "detachVolume",
      [&](struct soap* gsoap, auto& out) {
        out.volumeId = request.volumeId.str();
        out.force = toWire(gsoap, request.force);
      },
      [](const auto& in) { return fromWire(*in.attachment); });
}

}  // namespace vbs::soap
