#pragma once

#include <memory>

#include "common/api/volume_status_listener.h"
#include "common/soap/endpoint.h"

namespace vbs::soap {

class Dispatcher;

/// Serves the VolumeStatus part of wsdl/volume-delegate.wsdl from a VolumeStatusListener. Thread-safe.
class VolumeStatusEndpoint final : public Endpoint {
public:
  /// `listener` must outlive the endpoint.
  explicit VolumeStatusEndpoint(VolumeStatusListener& listener);
  ~VolumeStatusEndpoint() override;
  VolumeStatusEndpoint(const VolumeStatusEndpoint&) = delete;
  VolumeStatusEndpoint& operator=(const VolumeStatusEndpoint&) = delete;

  std::string_view path() const override { return "/volume-status"; }
  bool isTold() const override { return false; }
  std::string wsdl(std::string_view url) const override;
  http::Response handle(const Message& message) override;

private:
  std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace vbs::soap
