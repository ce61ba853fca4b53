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

class ServiceChannel final : public soap::Channel {
public:
  explicit ServiceChannel(std::unique_ptr<soap::Channel> channel) : channel_(std::move(channel)) {}

  const std::string& url() const override { return channel_->url(); }

  soap::Reply post(const std::string& contentType, const std::string& soapAction,
                   const std::string& body) override {
    soap::Reply reply = ask(contentType, soapAction, body);
    if (!isSoap(reply.contentType)) {
      throw ServiceUnreachable(
          fmt::format("{}: what answers there is no SOAP service (HTTP {})", url(), reply.httpStatus),
          reply.httpStatus);
    }
    return reply;
  }

private:
  soap::Reply ask(const std::string& contentType, const std::string& soapAction, const std::string& body) {
    try {
      return channel_->post(contentType, soapAction, body);
    } catch (const Error& error) {
      throw ServiceUnreachable(error.what());
    }
  }

  std::unique_ptr<soap::Channel> channel_;
};

}  // namespace

std::unique_ptr<soap::Channel> serviceChannel(std::unique_ptr<soap::Channel> channel) {
  return std::make_unique<ServiceChannel>(std::move(channel));
}

}  // namespace vbs::cli
