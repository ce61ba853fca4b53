#pragma once

#include <functional>
#include <string>

#include "common/api/vbs_service.h"
#include "simulation/model/promises.h"

namespace vbs::simulation {

/// The service as its endpoint calls it, watched from within its process: what it shows as attached is
/// promised, and each detach takes the promise back as soon as it comes.
class WatchedService final : public VbsService {
public:
  /// Both must outlive it.
  WatchedService(VbsService& service, Promises& promises) : service_(service), promises_(promises) {}

  Volume createVolume(const RequestContext& context, const CreateVolumeRequest& request) override {
    return service_.createVolume(context, request);
  }
  void deleteVolume(const RequestContext& context, const VolumeId& volumeId) override;
  Page<Volume> describeVolumes(const RequestContext& context,
                               const DescribeRequest<VolumeId>& request) override;
  Snapshot createSnapshot(const RequestContext& context, const CreateSnapshotRequest& request) override {
    return service_.createSnapshot(context, request);
  }
  void deleteSnapshot(const RequestContext& context, const SnapshotId& snapshotId) override {
    service_.deleteSnapshot(context, snapshotId);
  }
  Page<Snapshot> describeSnapshots(const RequestContext& context,
                                   const DescribeRequest<SnapshotId>& request) override {
    return service_.describeSnapshots(context, request);
  }
  Attachment attachVolume(const RequestContext& context, const AttachVolumeRequest& request) override;
  Attachment detachVolume(const RequestContext& context, const DetachVolumeRequest& request) override;

private:
  VbsService& service_;
  Promises& promises_;
};

}  // namespace vbs::simulation
