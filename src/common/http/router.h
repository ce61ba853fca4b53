#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "common/http/resource.h"

namespace vbs::http {

/// Says who answers a request, by its head alone. Immutable; thread-safe as far as the resources are.
class Router {
public:
  explicit Router(std::vector<Resource*> resources);

  /// The resource that the request goes to once its body is there, or the answer that needs no body: the
  /// resource's own, or 404.
  std::variant<Resource*, Response> route(const Request& head) const;

private:
  std::vector<Resource*> resources_;
};

}  // namespace vbs::http
