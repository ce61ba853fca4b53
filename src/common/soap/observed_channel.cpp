#include "common/soap/observed_channel.h"

#include <utility>

#include "common/model/error.h"

namespace vbs::soap {
namespace {

/// SOAP answers with 200, 400 and 500, a server that is busy with 503. Anything else is somebody else:
/// another program at that address, or a proxy.
bool isAnswer(const http::Response& reply) {
  return reply.status == 200 || reply.status == 400 || reply.status == 500 || reply.status == 503;
}

class ObservedChannel final : public http::Channel {
public:
  ObservedChannel(std::unique_ptr<http::Channel> channel, CallObserver observer)
      : channel_(std::move(channel)), observer_(std::move(observer)) {}

  const std::string& url() const override { return channel_->url(); }

  http::Response post(const http::Headers& headers, const std::string& body) override {
    try {
      http::Response reply = channel_->post(headers, body);
      observer_(isAnswer(reply) ? std::nullopt
                                : std::optional("what answers at " + url() + " is no SOAP service (HTTP " +
                                                std::to_string(reply.status) + ")"));
      return reply;
    } catch (const Error& error) {
      observer_(error.what());
      throw;
    }
  }

private:
  std::unique_ptr<http::Channel> channel_;
  CallObserver observer_;
};

}  // namespace

std::unique_ptr<http::Channel> observedChannel(std::unique_ptr<http::Channel> channel,
                                               CallObserver observer) {
  return std::make_unique<ObservedChannel>(std::move(channel), std::move(observer));
}

}  // namespace vbs::soap
