#pragma once

#include <memory>
#include <string>

#include "common/api/vbs_service.h"
#include "common/http/http_channel.h"

namespace vbs::soap {

class Remote;

/// A VbsService at the other end of the network, by wsdl/vbs.wsdl. The RequestContext stays here: the service
/// names its requests itself. Thread-safe. Each operation throws the Error that the
/// service threw at the other end, or DelegateUnreachable, Timeout, InternalError for what lies between.
class VbsServiceClient final : public VbsService {
public:
  /// `url`: http://HOST:PORT/PATH. Throws Error{InvalidParameter} when it is none.
  VbsServiceClient(const std::string& url, const http::Client::Timeouts& timeouts)
      : VbsServiceClient(http::httpChannel(url, timeouts)) {}
  explicit VbsServiceClient(std::unique_ptr<http::Channel> channel);
  ~VbsServiceClient() override;
  VbsServiceClient(const VbsServiceClient&) = delete;
  VbsServiceClient& operator=(const VbsServiceClient&) = delete;

  Volume createVolume(const RequestContext&, const CreateVolumeRequest& request) override;
  void deleteVolume(const RequestContext&, const VolumeId& volumeId) override;
  Page<Volume> describeVolumes(const RequestContext&, const DescribeRequest<VolumeId>& request) override;
  Snapshot createSnapshot(const RequestContext&, const CreateSnapshotRequest& request) override;
  void deleteSnapshot(const RequestContext&, const SnapshotId& snapshotId) override;
  Page<Snapshot> describeSnapshots(const RequestContext&,
                                   const DescribeRequest<SnapshotId>& request) override;
  Attachment attachVolume(const RequestContext&, const AttachVolumeRequest& request) override;
  Attachment detachVolume(const RequestContext&, const DetachVolumeRequest& request) override;

private:
  std::unique_ptr<Remote> remote_;
};

}  // namespace vbs::soap
