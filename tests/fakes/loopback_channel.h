#pragma once

#include <string>

#include "common/http/channel.h"
#include "common/http/resource.h"

namespace vbs::fakes {

/// Joins a client to a resource without a network.
class LoopbackChannel : public http::Channel {
public:
  explicit LoopbackChannel(http::Resource& resource)
      : resource_(resource), url_("http://loopback" + std::string(resource.path())) {}

  const std::string& url() const override { return url_; }

  http::Response post(const http::Headers& headers, const std::string& body) override {
    return resource_.answer({.method = "POST",
                             .target = {.authority = {}, .path = std::string(resource_.path()), .query = {}},
                             .headers = headers,
                             .body = body,
                             .peer = "127.0.0.1",
                             .site = "http://loopback"});
  }

private:
  http::Resource& resource_;
  std::string url_;
};

}  // namespace vbs::fakes
