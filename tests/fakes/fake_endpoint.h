#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "common/soap/http.h"

namespace vbs::soap {

/// Answers as `onMessage` says; a message's own body when nothing is said.
class FakeEndpoint : public Endpoint {
public:
  explicit FakeEndpoint(std::function<Reply(const Message&)> onMessage = echo)
      : onMessage_(std::move(onMessage)) {}

  static Reply echo(const Message& message) { return {200, message.contentType, message.body}; }

  std::string_view path() const override { return "/vbs"; }
  std::string wsdl(std::string_view url) const override { return "<wsdl at=\"" + std::string(url) + "\"/>"; }
  Reply handle(const Message& message) override { return onMessage_(message); }

private:
  std::function<Reply(const Message&)> onMessage_;
};

}  // namespace vbs::soap
