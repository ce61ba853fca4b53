#pragma once

#include <memory>

#include "common/api/vbs_service.h"
#include "common/soap/endpoint.h"

namespace vbs::soap {

class Dispatcher;

/// Serves wsdl/vbs.wsdl from a VbsService. Thread-safe.
class VbsServiceEndpoint final : public Endpoint {
public:
  /// `service` must outlive the endpoint.
  explicit VbsServiceEndpoint(VbsService& service);
  ~VbsServiceEndpoint() override;
  VbsServiceEndpoint(const VbsServiceEndpoint&) = delete;
  VbsServiceEndpoint& operator=(const VbsServiceEndpoint&) = delete;

  std::string_view path() const override { return "/vbs"; }
  std::string wsdl(std::string_view url) const override;
  http::Response handle(const Message& message) override;

private:
  std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace vbs::soap
