#include "common/soap/http_channel.h"

namespace vbs::soap {
namespace {

class HttpChannel final : public Channel {
public:
  HttpChannel(const std::string& url, const HttpClient::Timeouts& timeouts)
      : client_(url), timeouts_(timeouts) {}

  const std::string& url() const override { return client_.url(); }

  Reply post(const std::string& contentType, const std::string& soapAction,
             const std::string& body) override {
    return client_.post(contentType, soapAction, body, timeouts_);
  }

private:
  HttpClient client_;
  HttpClient::Timeouts timeouts_;
};

}  // namespace

std::unique_ptr<Channel> httpChannel(const std::string& url, const HttpClient::Timeouts& timeouts) {
  return std::make_unique<HttpChannel>(url, timeouts);
}

}  // namespace vbs::soap
