#pragma once

#include <memory>

#include "common/api/vmm_delegate.h"
#include "common/soap/endpoint.h"

namespace vbs::soap {

class Dispatcher;

/// Serves wsdl/vmm-delegate.wsdl from a VmmDelegate. Thread-safe.
class VmmDelegateEndpoint final : public Endpoint {
public:
  /// `delegate` must outlive the endpoint.
  explicit VmmDelegateEndpoint(VmmDelegate& delegate);
  ~VmmDelegateEndpoint() override;
  VmmDelegateEndpoint(const VmmDelegateEndpoint&) = delete;
  VmmDelegateEndpoint& operator=(const VmmDelegateEndpoint&) = delete;

  std::string_view path() const override { return "/vmm-delegate"; }
  std::string wsdl(std::string_view url) const override;
  http::Response handle(const Message& message) override;

private:
  std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace vbs::soap
