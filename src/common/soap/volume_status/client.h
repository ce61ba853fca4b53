#pragma once

#include <memory>
#include <string>

#include "common/api/volume_status_listener.h"
#include "common/http/http_channel.h"

namespace vbs::soap {

class Remote;

/// A VolumeStatusListener at the other end of the network, by wsdl/volume-delegate.wsdl. Thread-safe. Each
/// operation throws the Error that the service threw at the other end, or DelegateUnreachable, Timeout,
/// InternalError for what lies between.
class VolumeStatusClient final : public VolumeStatusListener {
public:
  /// `url`: http://HOST:PORT/PATH. Throws Error{InvalidParameter} when it is none.
  VolumeStatusClient(const std::string& url, const http::Client::Timeouts& timeouts)
      : VolumeStatusClient(http::httpChannel(url, timeouts)) {}
  explicit VolumeStatusClient(std::unique_ptr<http::Channel> channel);
  ~VolumeStatusClient() override;
  VolumeStatusClient(const VolumeStatusClient&) = delete;
  VolumeStatusClient& operator=(const VolumeStatusClient&) = delete;

  void volumeStatusChanged(const RequestId& requestId, const VolumeId& volumeId, VolumeStatus status,
                           const std::optional<std::string>& reason) override;

private:
  std::unique_ptr<Remote> remote_;
};

}  // namespace vbs::soap
