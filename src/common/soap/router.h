#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/model/readiness.h"
#include "common/soap/http.h"

namespace vbs::soap {

/// A short answer in plain text, for what is not SOAP.
Reply textReply(int httpStatus, std::string_view text);

/// An answer that needs no endpoint to handle a message.
struct Page {
  Reply reply;
  std::string_view allow;  ///< for the Allow header of a 405, else empty
};

/// Says who answers a request, by its head alone. Immutable; thread-safe as far as `readiness` and
/// the endpoints are.
class Router {
public:
  /// `baseUrl`: "http://127.0.0.1:8080", for the contract when a request names no usable host.
  Router(std::vector<Endpoint*> endpoints, ReadinessSource readiness, std::string baseUrl);

  /// The endpoint that a POSTed message goes to, or the page that answers: the contract for ?wsdl, "ok"
  /// for /healthz, what keeps the program from its work for /readyz, a refusal. `target` is the request
  /// target as it was sent, `host` the Host header or empty.
  std::variant<Endpoint*, Page> route(std::string_view method, std::string_view target,
                                      std::string_view host) const;

private:
  Page contract(const Endpoint& endpoint, std::string_view host) const;

  std::vector<Endpoint*> endpoints_;
  ReadinessSource readiness_;
  std::string baseUrl_;
};

}  // namespace vbs::soap
