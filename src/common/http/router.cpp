#include "common/http/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/model/text.h"

namespace vbs::http {
namespace {

Response notFound(std::string_view path, const std::vector<Resource*>& resources) {
  std::string told;
  for (const Resource* resource : resources) {
    if (resource->isTold())
      told += fmt::format("{}{}", told.empty() ? "; there is " : ", ", resource->path());
  }
  return textResponse(404, fmt::format("nothing is at {}{}", printable(path), told));
}

}  // namespace

Router::Router(std::vector<Resource*> resources) : resources_(std::move(resources)) {}

std::variant<Resource*, Response> Router::route(const Request& head) const {
  const std::string_view path = head.target.path;
  const auto found = std::find_if(resources_.begin(), resources_.end(),
                                  [path](const Resource* resource) { return resource->path() == path; });
  if (found == resources_.end()) return notFound(path, resources_);
  if (auto response = (*found)->answerHead(head)) return std::move(*response);
  return *found;
}

}  // namespace vbs::http
