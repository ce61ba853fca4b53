#pragma once

#include <string>

#include "common/http/message.h"

namespace vbs::http {

/// What a client posts its messages through. On the client side it separates what is spoken over HTTP from
/// the network. Thread-safe.
class Channel {
public:
  virtual ~Channel() = default;

  /// Whom it leads to, for messages to people.
  virtual const std::string& url() const = 0;

  /// Throws Error: DelegateUnreachable, Timeout.
  virtual Response post(const Headers& headers, const std::string& body) = 0;
};

}  // namespace vbs::http
