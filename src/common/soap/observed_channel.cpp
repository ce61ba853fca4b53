#include "common/soap/observed_channel.h"

#include <utility>

#include "common/model/error.h"

namespace vbs::soap {
namespace {

/// SOAP answers with 200, 400 and 500, a server that is busy with 503. Anything else is somebody else:
/// another program at that address, or a proxy.
bool isAnswer(const Reply& reply) {
  return reply.httpStatus == 200 || reply.httpStatus == 400 || reply.httpStatus == 500 ||
         reply.httpStatus == 503;
}

class ObservedChannel final : public Channel {
public:
  ObservedChannel(std::unique_ptr<Channel> channel, CallObserver observer)
      : channel_(std::move(channel)), observer_(std::move(observer)) {}

  const std::string& url() const override { return channel_->url(); }

  Reply post(const std::string& contentType, const std::string& soapAction,
             const std::string& body) override {
    try {
      Reply reply = channel_->post(contentType, soapAction, body);
      observer_(isAnswer(reply) ? std::nullopt
                                : std::optional("what answers at " + url() + " is no SOAP service (HTTP " +
                                                std::to_string(reply.httpStatus) + ")"));
      return reply;
    } catch (const Error& error) {
      observer_(error.what());
      throw;
    }
  }

private:
  std::unique_ptr<Channel> channel_;
  CallObserver observer_;
};

}  // namespace

std::unique_ptr<Channel> observedChannel(std::unique_ptr<Channel> channel, CallObserver observer) {
  return std::make_unique<ObservedChannel>(std::move(channel), std::move(observer));
}

}  // namespace vbs::soap
