#include "common/daemon/listen_address.h"

#include <charconv>

#include "common/model/error.h"
#include "common/model/text.h"

namespace vbs::daemon {
namespace {

[[noreturn]] void refuse(std::string_view text) {
  throw Error(ErrorCode::InvalidParameter, "\"" + printable(text) +
                                               "\" is no address to listen on: expected HOST:PORT, such as "
                                               "127.0.0.1:8090 or [::1]:8090 (port 0 picks a free one)");
}

}  // namespace

ListenAddress parseListenAddress(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) refuse(text);

  std::string_view host = text.substr(0, colon);
  if (host.front() == '[') {
    if (host.size() < 3 || host.back() != ']') refuse(text);
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    refuse(text);  // an IPv6 address without its brackets: which colon starts the port is a guess
  }

  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) refuse(text);
  return {std::string(host), port};
}

std::string toString(const ListenAddress& address) {
  const bool isIpv6 = address.host.find(':') != std::string::npos;
  return (isIpv6 ? '[' + address.host + ']' : address.host) + ':' + std::to_string(address.port);
}

bool isLoopback(const ListenAddress& address) {
  return address.host == "localhost" || address.host == "::1" || address.host.starts_with("127.");
}

}  // namespace vbs::daemon
