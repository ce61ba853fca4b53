#include "cli/traced_admin.h"

#include <utility>

#include "cli/call_trace.h"

namespace vbs::cli {
namespace {

class TracedAdmin : public VbsAdmin {
public:
  TracedAdmin(std::unique_ptr<VbsAdmin> admin, std::function<void(const std::string&)> log)
      : admin_(std::move(admin)), trace_(std::move(log)) {}

  std::vector<OpenOperation> describeOperations(const RequestContext& context) override {
    return trace_("describeOperations", [&] { return admin_->describeOperations(context); });
  }
  ReconcileReport reconcile(const RequestContext& context, const ReconcileRequest& request) override {
    return trace_("reconcile", [&] { return admin_->reconcile(context, request); });
  }
  Backup backup(const RequestContext& context, const std::string& file) override {
    return trace_("backup", [&] { return admin_->backup(context, file); });
  }
  Volume adoptVolume(const RequestContext& context, const VolumeId& volumeId,
                     const std::string& comment) override {
    return trace_("adoptVolume", [&] { return admin_->adoptVolume(context, volumeId, comment); });
  }
  Snapshot adoptSnapshot(const RequestContext& context, const SnapshotId& snapshotId,
                         const std::string& comment) override {
    return trace_("adoptSnapshot", [&] { return admin_->adoptSnapshot(context, snapshotId, comment); });
  }
  CapacityReport describeCapacity(const RequestContext& context) override {
    return trace_("describeCapacity", [&] { return admin_->describeCapacity(context); });
  }

private:
  std::unique_ptr<VbsAdmin> admin_;
  CallTrace trace_;
};

}  // namespace

std::unique_ptr<VbsAdmin> traced(std::unique_ptr<VbsAdmin> admin,
                                 std::function<void(const std::string& line)> log) {
  return std::make_unique<TracedAdmin>(std::move(admin), std::move(log));
}

}  // namespace vbs::cli
