#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/http/resource.h"

namespace vbs::fakes {

/// At /vbs. A POST is answered as `onRequest` says, with its own body when nothing is said; GET /vbs?site
/// with where the client found the server; the rest is refused.
class FakeResource : public http::Resource {
public:
  explicit FakeResource(std::function<http::Response(const http::Request&)> onRequest = echo)
      : onRequest_(std::move(onRequest)) {}

  static http::Response echo(const http::Request& request) {
    return {200, std::string(http::valueOf(request.headers, "Content-Type")), request.body};
  }

  std::string_view path() const override { return "/vbs"; }
  std::optional<http::Response> answerHead(const http::Request& head) override {
    if (head.method == "POST") return std::nullopt;
    if (http::isRead(head) && head.target.query == "site") return http::textResponse(200, head.site);
    return http::methodRefusal(head, "POST");
  }
  http::Response answer(const http::Request& request) override { return onRequest_(request); }

private:
  std::function<http::Response(const http::Request&)> onRequest_;
};

}  // namespace vbs::fakes
