#pragma once

#include <memory>

#include "common/api/volume_delegate.h"
#include "common/soap/endpoint.h"

namespace vbs::soap {

class Dispatcher;

/// Serves the VolumeDelegate part of wsdl/volume-delegate.wsdl from a VolumeDelegate. Thread-safe.
class VolumeDelegateEndpoint final : public Endpoint {
public:
  /// `delegate` must outlive the endpoint.
  explicit VolumeDelegateEndpoint(VolumeDelegate& delegate);
  ~VolumeDelegateEndpoint() override;
  VolumeDelegateEndpoint(const VolumeDelegateEndpoint&) = delete;
  VolumeDelegateEndpoint& operator=(const VolumeDelegateEndpoint&) = delete;

  std::string_view path() const override { return "/volume-delegate"; }
  std::string wsdl(std::string_view url) const override;
  http::Response handle(const Message& message) override;

private:
  void addChanges(VolumeDelegate& delegate);
  void addQueries(VolumeDelegate& delegate);

  std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace vbs::soap
