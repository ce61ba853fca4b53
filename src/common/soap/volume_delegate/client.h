#pragma once

#include <memory>
#include <string>

#include "common/api/volume_delegate.h"
#include "common/http/http_channel.h"

namespace vbs::soap {

class Remote;

/// A VolumeDelegate at the other end of the network, by wsdl/volume-delegate.wsdl. Thread-safe. Each
/// operation throws the Error that the service threw at the other end, or DelegateUnreachable, Timeout,
/// InternalError for what lies between.
class VolumeDelegateClient final : public VolumeDelegate {
public:
  /// `url`: http://HOST:PORT/PATH. Throws Error{InvalidParameter} when it is none.
  VolumeDelegateClient(const std::string& url, const http::Client::Timeouts& timeouts)
      : VolumeDelegateClient(http::httpChannel(url, timeouts)) {}
  explicit VolumeDelegateClient(std::unique_ptr<http::Channel> channel);
  ~VolumeDelegateClient() override;
  VolumeDelegateClient(const VolumeDelegateClient&) = delete;
  VolumeDelegateClient& operator=(const VolumeDelegateClient&) = delete;

  VolumeDelegateDescription describeDelegate(const RequestId& requestId, const Commander& service) override;
  CreateVolumeOutcome createVolume(const OperationContext& operation, const VolumeId& volumeId, SizeGiB size,
                                   const std::optional<SnapshotId>& snapshotId) override;
  void deleteVolume(const OperationContext& operation, const VolumeId& volumeId, SizeGiB size) override;
  void createSnapshot(const OperationContext& operation, const SnapshotId& snapshotId,
                      const VolumeId& volumeId, SizeGiB size) override;
  void deleteSnapshot(const OperationContext& operation, const SnapshotId& snapshotId,
                      const VolumeId& volumeId, SizeGiB size) override;
  VolumeExport exportVolume(const OperationContext& operation, const VolumeId& volumeId,
                            const std::optional<TargetIdentity>& target,
                            const VmmHostname& vmmHostname) override;
  void unexportVolume(const OperationContext& operation, const VolumeId& volumeId,
                      const std::optional<TargetIdentity>& target,
                      const std::optional<VmmHostname>& lostHost) override;
  std::vector<CopyStatus> describeCopies(const RequestId& requestId,
                                         const std::vector<VolumeId>& volumeIds) override;
  VolumeServerInventory inventory(const RequestId& requestId) override;
  Capacity capacity(const RequestId& requestId) override;

private:
  std::unique_ptr<Remote> remote_;
};

}  // namespace vbs::soap
