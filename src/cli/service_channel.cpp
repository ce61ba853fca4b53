#include "cli/service_channel.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "cli/service_unreachable.h"
#include "common/model/error.h"

namespace vbs::cli {
namespace {

bool isSoap(std::string_view contentType) {
  return contentType.starts_with("text/xml") || contentType.starts_with("application/soap+xml");
}

class ServiceChannel final : public http::Channel {
public:
  explicit ServiceChannel(std::unique_ptr<http::Channel> channel) : channel_(std::move(channel)) {}

  const std::string& url() const override { return channel_->url(); }

  http::Response post(const http::Headers& headers, const std::string& body) override {
    http::Response reply = ask(headers, body);
    if (!isSoap(reply.contentType)) {
      throw ServiceUnreachable(
          fmt::format("{}: what answers there is no SOAP service (HTTP {})", url(), reply.status),
          reply.status);
    }
    return reply;
  }

private:
  http::Response ask(const http::Headers& headers, const std::string& body) {
    try {
      return channel_->post(headers, body);
    } catch (const Error& error) {
      throw ServiceUnreachable(error.what());
    }
  }

  std::unique_ptr<http::Channel> channel_;
};

}  // namespace

std::unique_ptr<http::Channel> serviceChannel(std::unique_ptr<http::Channel> channel) {
  return std::make_unique<ServiceChannel>(std::move(channel));
}

}  // namespace vbs::cli
