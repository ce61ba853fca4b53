#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vbs::daemon {

/// Where a daemon listens.
struct ListenAddress {
  std::string host;    ///< a name or an address; IPv6 without its brackets
  std::uint16_t port;  ///< 0: the system picks a free one
  bool operator==(const ListenAddress&) const = default;
};

/// HOST:PORT, an IPv6 address in brackets. Throws Error{InvalidParameter}.
ListenAddress parseListenAddress(std::string_view text);

/// HOST:PORT as parseListenAddress reads it.
std::string toString(const ListenAddress& address);

/// True for 127.0.0.0/8, ::1 and localhost: only this machine can connect.
bool isLoopback(const ListenAddress& address);

}  // namespace vbs::daemon
