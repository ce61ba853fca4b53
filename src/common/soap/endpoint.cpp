#include "common/soap/endpoint.h"

#include <fmt/format.h>

#include "common/model/text.h"
#include "common/soap/wsdl_bindings.h"

namespace vbs::soap {
namespace {

constexpr std::string_view kContractQuery = "wsdl";
constexpr std::string_view kSoap11ContractQuery = "wsdl=soap11";

http::Response contractPage(const Endpoint& endpoint, const http::Request& head, bool soap11Only) {
  std::string contract = endpoint.wsdl(head.site + std::string(endpoint.path()));
  if (soap11Only) contract = withSoap11Only(contract);
  return {.status = 200, .contentType = "text/xml; charset=utf-8", .body = std::move(contract)};
}

http::Response postAdvice(std::string_view path) {
  http::Response response = http::textResponse(
      405, fmt::format("SOAP messages are POSTed to {0}; its contract is at {0}?wsdl, for stacks "
                       "that know of SOAP 1.1 alone at {0}?wsdl=soap11",
                       path));
  response.allow = "POST";
  return response;
}

}  // namespace

std::optional<http::Response> Endpoint::answerHead(const http::Request& head) {
  if (head.method == "POST") return std::nullopt;
  const std::string query = lowerAscii(head.target.query);
  const bool soap11Only = query == kSoap11ContractQuery;
  const bool asksForContract = soap11Only || query == kContractQuery;
  if (!http::isRead(head)) return http::methodRefusal(head, asksForContract ? "GET, HEAD, POST" : "POST");
  return asksForContract ? contractPage(*this, head, soap11Only) : postAdvice(path());
}

http::Response Endpoint::answer(const http::Request& request) {
  return handle(
      {request.target.path, std::string(http::valueOf(request.headers, "Content-Type")), request.body});
}

}  // namespace vbs::soap
