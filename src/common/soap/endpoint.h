#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/http/resource.h"

namespace vbs::soap {

/// One SOAP message.
struct Message {
  std::string path;         ///< "/vbs"
  std::string contentType;  ///< as the client sent it
  std::string body;
};

/// One portType at one path: a POST is a message to it; GET <path>?wsdl answers the contract, and
/// ?wsdl=soap11 the contract with its SOAP 1.1 binding alone.
class Endpoint : public http::Resource {
public:
  /// The contract, self-contained, with `url` as its soap:address. `url` is not escaped yet.
  virtual std::string wsdl(std::string_view url) const = 0;

  /// Answers one message; a refusal is a SOAP Fault in the reply. Called from several threads at once. Never
  /// throws.
  virtual http::Response handle(const Message& message) = 0;

  std::optional<http::Response> answerHead(const http::Request& head) final;
  http::Response answer(const http::Request& request) final;
};

}  // namespace vbs::soap
