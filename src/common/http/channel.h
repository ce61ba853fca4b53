#pragma once

#include <string>

#include "common/http/message.h"

namespace vbs::http {

/// What a client posts its messages through. The seam between what is spoken over HTTP and the network, on
/// the client's side. Thread-safe.
class Channel {
public:
  virtual ~Channel() = default;

  /// Whom it leads to, for messages to people.
  virtual const std::string& url() const = 0;

  /// Throws Error: DelegateUnreachable, Timeout.
  virtual Response post(const Headers& headers, const std::string& body) = 0;
};

}  // namespace vbs::http
