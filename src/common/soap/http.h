#pragma once

#include <string>
#include <string_view>

namespace vbs::soap {

/// One HTTP POST of a SOAP message.
struct Message {
  std::string path;         ///< "/vbs"
  std::string contentType;  ///< as the client sent it
  std::string body;         ///< complete, at most ServerSettings::maxBodyBytes
};

struct Reply {
  int httpStatus = 200;
  std::string contentType;
  std::string body;
};

/// What answers the SOAP messages that are sent to one path of a Server.
class Endpoint {
public:
  virtual ~Endpoint() = default;

  /// "/vbs". Constant.
  virtual std::string_view path() const = 0;

  /// The contract for GET <path>?wsdl, self-contained, with `url` as its soap:address. `url` is not escaped
  /// yet.
  virtual std::string wsdl(std::string_view url) const = 0;

  /// Answers one message; a refusal is a SOAP Fault in the reply. Called from several threads at once. Never
  /// throws.
  virtual Reply handle(const Message& message) = 0;
};

}  // namespace vbs::soap
