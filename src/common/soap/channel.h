#pragma once

#include <string>

#include "common/soap/http.h"

namespace vbs::soap {

/// What a client sends its messages through. The seam between SOAP and the network on the client's side.
/// Thread-safe.
class Channel {
public:
  virtual ~Channel() = default;

  /// Whom it leads to, for messages to people.
  virtual const std::string& url() const = 0;

  /// Throws Error: DelegateUnreachable, Timeout.
  virtual Reply post(const std::string& contentType, const std::string& soapAction,
                     const std::string& body) = 0;
};

}  // namespace vbs::soap
