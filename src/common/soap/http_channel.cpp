#include "common/soap/http_channel.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <utility>

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

class InternalChannel final : public Channel {
public:
  InternalChannel(const std::string& url, const HttpClient::Timeouts& timeouts, std::string name)
      : client_(url), timeouts_(timeouts), name_(std::move(name)) {}

  const std::string& url() const override { return name_; }

  Reply post(const std::string& contentType, const std::string& soapAction,
             const std::string& body) override {
    try {
      Reply reply = client_.post(contentType, soapAction, body, timeouts_);
      if (isSilent_.exchange(false)) spdlog::info("{} at {} answers again", name_, client_.url());
      return reply;
    } catch (const HttpFailure& failure) {
      if (!isSilent_.exchange(true)) spdlog::warn("{} does not answer at {}", name_, failure.what());
      throw Error(failure.code(), failure.reason());
    }
  }

private:
  HttpClient client_;
  HttpClient::Timeouts timeouts_;
  std::string name_;
  std::atomic<bool> isSilent_ = false;
};

}  // namespace

std::unique_ptr<Channel> internalChannel(const std::string& url, const HttpClient::Timeouts& timeouts,
                                         std::string name) {
  return std::make_unique<InternalChannel>(url, timeouts, std::move(name));
}

std::unique_ptr<Channel> httpChannel(const std::string& url, const HttpClient::Timeouts& timeouts) {
  return std::make_unique<HttpChannel>(url, timeouts);
}

}  // namespace vbs::soap
