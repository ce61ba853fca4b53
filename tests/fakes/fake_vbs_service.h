#pragma once

#include <functional>
#include <stdexcept>
#include <utility>

#include "common/api/vbs_service.h"

namespace vbs {

/// A VBS Service that does what a test says: one function for each operation. An operation that the test did
/// not expect throws std::logic_error.
class FakeVbsService : public VbsService {
public:
  std::function<Volume(const CreateVolumeRequest&)> onCreateVolume;
  std::function<void(const VolumeId&)> onDeleteVolume;
  std::function<Page<Volume>(const DescribeRequest<VolumeId>&)> onDescribeVolumes;
  std::function<Snapshot(const CreateSnapshotRequest&)> onCreateSnapshot;
  std::function<void(const SnapshotId&)> onDeleteSnapshot;
  std::function<Page<Snapshot>(const DescribeRequest<SnapshotId>&)> onDescribeSnapshots;
  std::function<Attachment(const AttachVolumeRequest&)> onAttachVolume;
  std::function<Attachment(const DetachVolumeRequest&)> onDetachVolume;

  Volume createVolume(const RequestContext& /*context*/, const CreateVolumeRequest& request) override {
    return call(onCreateVolume, request);
  }
  void deleteVolume(const RequestContext& /*context*/, const VolumeId& volumeId) override {
    call(onDeleteVolume, volumeId);
  }
  Page<Volume> describeVolumes(const RequestContext& /*context*/,
                               const DescribeRequest<VolumeId>& request) override {
    return call(onDescribeVolumes, request);
  }
  Snapshot createSnapshot(const RequestContext& /*context*/, const CreateSnapshotRequest& request) override {
    return call(onCreateSnapshot, request);
  }
  void deleteSnapshot(const RequestContext& /*context*/, const SnapshotId& snapshotId) override {
    call(onDeleteSnapshot, snapshotId);
  }
  Page<Snapshot> describeSnapshots(const RequestContext& /*context*/,
                                   const DescribeRequest<SnapshotId>& request) override {
    return call(onDescribeSnapshots, request);
  }
  Attachment attachVolume(const RequestContext& /*context*/, const AttachVolumeRequest& request) override {
    return call(onAttachVolume, request);
  }
  Attachment detachVolume(const RequestContext& /*context*/, const DetachVolumeRequest& request) override {
    return call(onDetachVolume, request);
  }

private:
  template <class Answer, class Request>
  static Answer call(const std::function<Answer(const Request&)>& operation, const Request& request) {
    if (!operation) throw std::logic_error("an operation that the test did not expect");
    return operation(request);
  }
};

}  // namespace vbs
