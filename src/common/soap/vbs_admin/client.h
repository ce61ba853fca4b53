#pragma once

#include <memory>
#include <string>

#include "common/api/vbs_admin.h"
#include "common/http/http_channel.h"

namespace vbs::soap {

class Remote;

/// A VbsAdmin at the other end of the network, by wsdl/vbs-admin.wsdl. The RequestContext stays here: the
/// service names its requests itself. Thread-safe. Each operation throws the Error that the
/// service threw at the other end, or DelegateUnreachable, Timeout, InternalError for what lies between.
class VbsAdminClient final : public VbsAdmin {
public:
  /// `url`: http://HOST:PORT/PATH. Throws Error{InvalidParameter} when it is none.
  VbsAdminClient(const std::string& url, const http::Client::Timeouts& timeouts)
      : VbsAdminClient(http::httpChannel(url, timeouts)) {}
  explicit VbsAdminClient(std::unique_ptr<http::Channel> channel);
  ~VbsAdminClient() override;
  VbsAdminClient(const VbsAdminClient&) = delete;
  VbsAdminClient& operator=(const VbsAdminClient&) = delete;

  std::vector<OpenOperation> describeOperations(const RequestContext&) override;
  ReconcileReport reconcile(const RequestContext&, const ReconcileRequest& request) override;
  Backup backup(const RequestContext&, const std::string& file) override;
  Volume adoptVolume(const RequestContext&, const VolumeId& volumeId, const std::string& comment) override;
  Snapshot adoptSnapshot(const RequestContext&, const SnapshotId& snapshotId,
                         const std::string& comment) override;
  CapacityReport describeCapacity(const RequestContext&) override;

private:
  std::unique_ptr<Remote> remote_;
};

}  // namespace vbs::soap
