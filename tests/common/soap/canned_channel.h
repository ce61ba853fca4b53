#pragma once

#include <string>
#include <utility>

#include "common/http/channel.h"

namespace vbs::soap::testing {

/// Answers whatever is asked with one reply.
class CannedChannel : public http::Channel {
public:
  explicit CannedChannel(http::Response reply) : reply_(std::move(reply)) {}
  const std::string& url() const override { return url_; }
  http::Response post(const http::Headers&, const std::string&) override { return reply_; }

private:
  std::string url_ = "http://node-1:8082/vmm-delegate";
  http::Response reply_;
};

}  // namespace vbs::soap::testing
