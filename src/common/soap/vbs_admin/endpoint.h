#pragma once

#include <memory>

#include "common/api/vbs_admin.h"
#include "common/soap/endpoint.h"

namespace vbs::soap {

class Dispatcher;

/// Serves wsdl/vbs-admin.wsdl from a VbsAdmin. Thread-safe.
class VbsAdminEndpoint final : public Endpoint {
public:
  /// `admin` must outlive the endpoint.
  explicit VbsAdminEndpoint(VbsAdmin& admin);
  ~VbsAdminEndpoint() override;
  VbsAdminEndpoint(const VbsAdminEndpoint&) = delete;
  VbsAdminEndpoint& operator=(const VbsAdminEndpoint&) = delete;

  std::string_view path() const override { return "/vbs/admin"; }
  bool isTold() const override { return false; }
  std::string wsdl(std::string_view url) const override;
  http::Response handle(const Message& message) override;

private:
  std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace vbs::soap
