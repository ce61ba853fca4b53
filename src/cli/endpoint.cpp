#include "cli/endpoint.h"

#include <string_view>

namespace vbs::cli {
namespace {

constexpr std::string_view kPath = "/vbs";

std::string withoutTrailingSlashes(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

std::string adminEndpoint(const std::string& endpoint) {
  return withoutTrailingSlashes(endpoint) + "/admin";
}

std::optional<std::string> likelyEndpoint(const std::string& endpoint) {
  constexpr std::string_view kSchemeEnd = "://";
  std::string likely = withoutTrailingSlashes(endpoint);
  if (!likely.ends_with(kPath)) {
    const auto schemeEnd = endpoint.find(kSchemeEnd);
    if (schemeEnd == std::string::npos) return std::nullopt;
    likely = endpoint.substr(0, endpoint.find('/', schemeEnd + kSchemeEnd.size())).append(kPath);
  }
  return likely == endpoint ? std::nullopt : std::optional(likely);
}

}  // namespace vbs::cli
