#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/model/readiness.h"
#include "common/soap/http.h"
#include "common/soap/public_address.h"

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
  /// `endpoints`: at least one; the first is the one that a refusal tells everybody of.
  Router(std::vector<Endpoint*> endpoints, ReadinessSource readiness, PublicAddress address);

  /// The endpoint that a POSTed message goes to, or the page that answers: the contract for ?wsdl and, with
  /// the SOAP 1.1 binding alone, for ?wsdl=soap11; "ok" for /healthz, what keeps the program from its
  /// work for /readyz; a refusal. `target` is the
  /// request target as it was sent; a slash at the end of its path does not matter.
  std::variant<Endpoint*, Page> route(std::string_view method, std::string_view target,
                                      const ClaimedAddress& claimed) const;

private:
  Page contract(const Endpoint& endpoint, std::string_view query, const ClaimedAddress& claimed) const;

  std::vector<Endpoint*> endpoints_;
  ReadinessSource readiness_;
  PublicAddress address_;
};

}  // namespace vbs::soap
