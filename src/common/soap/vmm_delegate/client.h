#pragma once

#include <memory>
#include <string>

#include "common/api/vmm_delegate.h"
#include "common/http/http_channel.h"

namespace vbs::soap {

class Remote;

/// A VmmDelegate at the other end of the network, by wsdl/vmm-delegate.wsdl. Thread-safe. Each operation
/// throws the Error that the service threw at the other end, or DelegateUnreachable, Timeout, InternalError
/// for what lies between.
class VmmDelegateClient final : public VmmDelegate {
public:
  /// `url`: http://HOST:PORT/PATH. Throws Error{InvalidParameter} when it is none.
  VmmDelegateClient(const std::string& url, const http::Client::Timeouts& timeouts)
      : VmmDelegateClient(http::httpChannel(url, timeouts)) {}
  explicit VmmDelegateClient(std::unique_ptr<http::Channel> channel);
  ~VmmDelegateClient() override;
  VmmDelegateClient(const VmmDelegateClient&) = delete;
  VmmDelegateClient& operator=(const VmmDelegateClient&) = delete;

  VmmDelegateDescription describeDelegate(const RequestId& requestId, const Commander& service) override;
  VmPlace attachVolume(const OperationContext& operation, const VmAttachment& attachment) override;
  VmRelease detachVolume(const OperationContext& operation, const VmAttachment& attachment) override;
  VmHostInventory inventory(const RequestId& requestId) override;

private:
  std::unique_ptr<Remote> remote_;
};

}  // namespace vbs::soap
