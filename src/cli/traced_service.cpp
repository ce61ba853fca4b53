#include "cli/traced_service.h"

#include <fmt/format.h>

#include <chrono>
#include <string_view>
#include <type_traits>

#include "cli/display_text.h"
#include "cli/service_unreachable.h"
#include "common/model/error.h"

namespace vbs::cli {
namespace {

class TracedService : public VbsService {
public:
  TracedService(std::unique_ptr<VbsService> service, std::function<void(const std::string&)> log)
      : service_(std::move(service)), log_(std::move(log)) {}

  Volume createVolume(const RequestContext& context, const CreateVolumeRequest& request) override {
    return trace("createVolume", [&] { return service_->createVolume(context, request); });
  }
  void deleteVolume(const RequestContext& context, const VolumeId& volumeId) override {
    trace("deleteVolume", [&] { service_->deleteVolume(context, volumeId); });
  }
  Page<Volume> describeVolumes(const RequestContext& context,
                               const DescribeRequest<VolumeId>& request) override {
    return trace("describeVolumes", [&] { return service_->describeVolumes(context, request); });
  }
  Snapshot createSnapshot(const RequestContext& context, const CreateSnapshotRequest& request) override {
    return trace("createSnapshot", [&] { return service_->createSnapshot(context, request); });
  }
  void deleteSnapshot(const RequestContext& context, const SnapshotId& snapshotId) override {
    trace("deleteSnapshot", [&] { service_->deleteSnapshot(context, snapshotId); });
  }
  Page<Snapshot> describeSnapshots(const RequestContext& context,
                                   const DescribeRequest<SnapshotId>& request) override {
    return trace("describeSnapshots", [&] { return service_->describeSnapshots(context, request); });
  }
  Attachment attachVolume(const RequestContext& context, const AttachVolumeRequest& request) override {
    return trace("attachVolume", [&] { return service_->attachVolume(context, request); });
  }
  Attachment detachVolume(const RequestContext& context, const DetachVolumeRequest& request) override {
    return trace("detachVolume", [&] { return service_->detachVolume(context, request); });
  }

private:
  template <class Call>
  std::invoke_result_t<Call> trace(std::string_view operation, const Call& call) {
    const auto start = std::chrono::steady_clock::now();
    const auto log = [&](std::string_view outcome) {
      const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
      log_(fmt::format("{} {} in {:.1f} ms", operation, outcome, took.count()));
    };
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<Call>>) {
        call();
        log("answered");
      } else {
        auto answer = call();
        log("answered");
        return answer;
      }
    } catch (const Error& error) {
      log(fmt::format("refused with {} (request {})", toString(error.code()),
                      error.requestId().empty() ? "unknown" : visible(error.requestId())));
      throw;
    } catch (const ServiceUnreachable&) {
      log("unanswered");
      throw;
    }
  }

  std::unique_ptr<VbsService> service_;
  std::function<void(const std::string&)> log_;
};

}  // namespace

std::unique_ptr<VbsService> traced(std::unique_ptr<VbsService> service,
                                   std::function<void(const std::string& line)> log) {
  return std::make_unique<TracedService>(std::move(service), std::move(log));
}

}  // namespace vbs::cli
