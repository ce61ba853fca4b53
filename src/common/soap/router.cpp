#include "common/soap/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/model/text.h"
#include "common/soap/ascii.h"
#include "common/soap/readiness.h"
#include "common/soap/wsdl_bindings.h"

namespace vbs::soap {
namespace {

constexpr std::string_view kHealthPath = "/healthz";
constexpr std::string_view kReadinessPath = "/readyz";

bool isRead(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

constexpr std::string_view kContractQuery = "wsdl";
constexpr std::string_view kSoap11ContractQuery = "wsdl=soap11";

bool asksForContract(std::string_view query) {
  const std::string asked = lowerAscii(query);
  return asked == kContractQuery || asked == kSoap11ContractQuery;
}

Page methodRefusal(std::string_view method, std::string_view path, std::string_view allow) {
  return {textReply(405, fmt::format("{} is not answered at {}; allowed: {}", printable(method, 20),
                                     printable(path), allow)),
          allow};
}

/// The path, without a slash at its end, and query, and the authority where the target is a whole URL (RFC
/// 9112 section 3.2.2).
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
  if (target.path.size() > 1 && target.path.ends_with('/')) target.path.remove_suffix(1);
  if (queryBegin < text.size()) target.query = text.substr(queryBegin + 1);
  return target;
}

}  // namespace

Reply textReply(int httpStatus, std::string_view text) {
  return {
      .httpStatus = httpStatus, .contentType = "text/plain; charset=utf-8", .body = std::string(text) + "\n"};
}

Router::Router(std::vector<Endpoint*> endpoints, ReadinessSource readiness, PublicAddress address)
    : endpoints_(std::move(endpoints)), readiness_(std::move(readiness)), address_(std::move(address)) {}

std::variant<Endpoint*, Page> Router::route(std::string_view method, std::string_view target,
                                            const ClaimedAddress& claimed) const {
  const auto [authority, path, query] = parseTarget(target);
  if (path == kHealthPath || path == kReadinessPath) {
    if (!isRead(method)) return methodRefusal(method, path, "GET, HEAD");
    return Page{path == kHealthPath ? textReply(200, "ok") : readinessReply(readiness_()), {}};
  }
  const auto found =
      std::find_if(endpoints_.begin(), endpoints_.end(),
                   [path = path](const Endpoint* endpoint) { return endpoint->path() == path; });
  if (found == endpoints_.end()) {
    // Not the other endpoints: they are no business of whoever guesses paths.
    return Page{textReply(404, fmt::format("nothing is at {}; there is {}, {}, {}", printable(path),
                                           kHealthPath, kReadinessPath, endpoints_.front()->path())),
                {}};
  }
  if (method == "POST") return *found;
  if (!asksForContract(query)) {
    if (!isRead(method)) return methodRefusal(method, path, "POST");
    return Page{
        textReply(405, fmt::format("SOAP messages are POSTed to {0}; its contract is at {0}?wsdl, for stacks "
                                   "that know of SOAP 1.1 alone at {0}?wsdl=soap11",
                                   path)),
        "POST"};
  }
  if (!isRead(method)) return methodRefusal(method, path, "GET, HEAD, POST");
  ClaimedAddress claims = claimed;
  if (!authority.empty()) claims.host = authority;
  return contract(**found, query, claims);
}

Page Router::contract(const Endpoint& endpoint, std::string_view query, const ClaimedAddress& claimed) const {
  std::string body = endpoint.wsdl(address_.urlFor(claimed).append(endpoint.path()));
  if (query.size() > kContractQuery.size()) body = withSoap11Only(body);
  return {.reply = {.httpStatus = 200, .contentType = "text/xml; charset=utf-8", .body = std::move(body)},
          .allow = {}};
}

}  // namespace vbs::soap
