#include "cli/traced_service.h"

#include <utility>

#include "cli/call_trace.h"

namespace vbs::cli {
namespace {

class TracedService : public VbsService {
public:
  TracedService(std::unique_ptr<VbsService> service, std::function<void(const std::string&)> log)
      : service_(std::move(service)), trace_(std::move(log)) {}

  Volume createVolume(const RequestContext& context, const CreateVolumeRequest& request) override {
    return trace_("createVolume", [&] { return service_->createVolume(context, request); });
  }
  void deleteVolume(const RequestContext& context, const VolumeId& volumeId) override {
    trace_("deleteVolume", [&] { service_->deleteVolume(context, volumeId); });
  }
  Page<Volume> describeVolumes(const RequestContext& context,
                               const DescribeRequest<VolumeId>& request) override {
    return trace_("describeVolumes", [&] { return service_->describeVolumes(context, request); });
  }
  Snapshot createSnapshot(const RequestContext& context, const CreateSnapshotRequest& request) override {
    return trace_("createSnapshot", [&] { return service_->createSnapshot(context, request); });
  }
  void deleteSnapshot(const RequestContext& context, const SnapshotId& snapshotId) override {
    trace_("deleteSnapshot", [&] { service_->deleteSnapshot(context, snapshotId); });
  }
  Page<Snapshot> describeSnapshots(const RequestContext& context,
                                   const DescribeRequest<SnapshotId>& request) override {
    return trace_("describeSnapshots", [&] { return service_->describeSnapshots(context, request); });
  }
  Attachment attachVolume(const RequestContext& context, const AttachVolumeRequest& request) override {
    return trace_("attachVolume", [&] { return service_->attachVolume(context, request); });
  }
  Attachment detachVolume(const RequestContext& context, const DetachVolumeRequest& request) override {
    return trace_("detachVolume", [&] { return service_->detachVolume(context, request); });
  }

private:
  std::unique_ptr<VbsService> service_;
  CallTrace trace_;
};

}  // namespace

std::unique_ptr<VbsService> traced(std::unique_ptr<VbsService> service,
                                   std::function<void(const std::string& line)> log) {
  return std::make_unique<TracedService>(std::move(service), std::move(log));
}

}  // namespace vbs::cli
