#pragma once

#include <string>

#include "common/soap/channel.h"

namespace vbs::fakes {

/// Joins a client to an endpoint without a network.
class LoopbackChannel : public soap::Channel {
public:
  explicit LoopbackChannel(soap::Endpoint& endpoint)
      : endpoint_(endpoint), url_("http://loopback" + std::string(endpoint.path())) {}

  const std::string& url() const override { return url_; }

  soap::Reply post(const std::string& contentType, const std::string&, const std::string& body) override {
    return endpoint_.handle({std::string(endpoint_.path()), contentType, body});
  }

private:
  soap::Endpoint& endpoint_;
  std::string url_;
};

}  // namespace vbs::fakes
