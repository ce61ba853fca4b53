#include "common/http/http_channel.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <utility>

namespace vbs::http {
namespace {

class HttpChannel final : public Channel {
public:
  HttpChannel(const std::string& url, const Client::Timeouts& timeouts) : client_(url), timeouts_(timeouts) {}

  const std::string& url() const override { return client_.url(); }

  Response post(const Headers& headers, const std::string& body) override {
    return client_.post(headers, body, timeouts_);
  }

private:
  Client client_;
  Client::Timeouts timeouts_;
};

class InternalChannel final : public Channel {
public:
  InternalChannel(const std::string& url, const Client::Timeouts& timeouts, std::string name)
      : client_(url), timeouts_(timeouts), name_(std::move(name)) {}

  const std::string& url() const override { return name_; }

  Response post(const Headers& headers, const std::string& body) override {
    try {
      Response response = client_.post(headers, body, timeouts_);
      if (isSilent_.exchange(false)) spdlog::info("{} at {} answers again", name_, client_.url());
      return response;
    } catch (const HttpFailure& failure) {
      if (!isSilent_.exchange(true)) spdlog::warn("{} does not answer at {}", name_, failure.what());
      throw Error(failure.code(), failure.reason());
    }
  }

private:
  Client client_;
  Client::Timeouts timeouts_;
  std::string name_;
  std::atomic<bool> isSilent_ = false;
};

}  // namespace

std::unique_ptr<Channel> internalChannel(const std::string& url, const Client::Timeouts& timeouts,
                                         std::string name) {
  return std::make_unique<InternalChannel>(url, timeouts, std::move(name));
}

std::unique_ptr<Channel> httpChannel(const std::string& url, const Client::Timeouts& timeouts) {
  return std::make_unique<HttpChannel>(url, timeouts);
}

}  // namespace vbs::http
