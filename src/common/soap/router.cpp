#include "common/soap/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/model/text.h"
#include "common/soap/readiness.h"
#include "common/soap/url.h"

namespace vbs::soap {
namespace {

constexpr std::string_view kHealthPath = "/healthz";
constexpr std::string_view kReadinessPath = "/readyz";

bool isRead(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

bool asksForContract(std::string_view query) {
  return query.size() == 4 && (query[0] | 0x20) == 'w' && (query[1] | 0x20) == 's' &&
         (query[2] | 0x20) == 'd' && (query[3] | 0x20) == 'l';
}

Page methodRefusal(std::string_view method, std::string_view path, std::string_view allow) {
  return {textReply(405, fmt::format("{} is not answered at {}; allowed: {}", printable(method, 20),
                                     printable(path), allow)),
          allow};
}

/// The path and query, and the authority where the target is a whole URL (RFC 9112 section 3.2.2).
struct Target {
  std::string_view authority;
  std::string_view path;
  std::string_view query;
};

Target parseTarget(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  Target target;
  if (text.starts_with(kScheme)) {
    text.remove_prefix(kScheme.size());
    const auto pathBegin = std::min(text.find_first_of("/?"), text.size());
    target.authority = text.substr(0, pathBegin);
    text.remove_prefix(pathBegin);
  }
  const auto queryBegin = std::min(text.find('?'), text.size());
  target.path = text.substr(0, queryBegin);
  if (queryBegin < text.size()) target.query = text.substr(queryBegin + 1);
  return target;
}

}  // namespace

Reply textReply(int httpStatus, std::string_view text) {
  return {
      .httpStatus = httpStatus, .contentType = "text/plain; charset=utf-8", .body = std::string(text) + "\n"};
}

Router::Router(std::vector<Endpoint*> endpoints, ReadinessSource readiness, std::string baseUrl)
    : endpoints_(std::move(endpoints)), readiness_(std::move(readiness)), baseUrl_(std::move(baseUrl)) {}

std::variant<Endpoint*, Page> Router::route(std::string_view method, std::string_view target,
                                            std::string_view host) const {
  const auto [authority, path, query] = parseTarget(target);
  if (path == kHealthPath || path == kReadinessPath) {
    if (!isRead(method)) return methodRefusal(method, path, "GET, HEAD");
    return Page{path == kHealthPath ? textReply(200, "ok") : readinessReply(readiness_()), {}};
  }
  const auto found =
      std::find_if(endpoints_.begin(), endpoints_.end(),
                   [path = path](const Endpoint* endpoint) { return endpoint->path() == path; });
  if (found == endpoints_.end()) {
    std::string known = fmt::format("{}, {}", kHealthPath, kReadinessPath);
    for (const auto* endpoint : endpoints_) known.append(", ").append(endpoint->path());
    return Page{textReply(404, fmt::format("nothing is at {}; there is {}", printable(path), known)), {}};
  }
  if (method == "POST") return *found;
  if (!asksForContract(query)) {
    if (!isRead(method)) return methodRefusal(method, path, "POST");
    return Page{
        textReply(405, fmt::format("SOAP messages are POSTed to {0}; its contract is at {0}?wsdl", path)),
        "POST"};
  }
  if (!isRead(method)) return methodRefusal(method, path, "GET, HEAD, POST");
  return contract(**found, authority.empty() ? host : authority);
}

Page Router::contract(const Endpoint& endpoint, std::string_view host) const {
  std::string url = parseAuthority(host) ? fmt::format("http://{}", host) : baseUrl_;
  url += endpoint.path();
  return {.reply = {.httpStatus = 200, .contentType = "text/xml; charset=utf-8", .body = endpoint.wsdl(url)},
          .allow = {}};
}

}  // namespace vbs::soap
