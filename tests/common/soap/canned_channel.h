#pragma once

#include <string>
#include <utility>

#include "common/soap/channel.h"

namespace vbs::soap::testing {

/// Answers whatever is asked with one reply.
class CannedChannel : public Channel {
public:
  explicit CannedChannel(Reply reply) : reply_(std::move(reply)) {}
  const std::string& url() const override { return url_; }
  Reply post(const std::string&, const std::string&, const std::string&) override { return reply_; }

private:
  std::string url_ = "http://node-1:8082/vmm-delegate";
  Reply reply_;
};

}  // namespace vbs::soap::testing
