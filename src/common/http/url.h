#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vbs::http {

/// HOST or HOST:PORT, as in a URL or a Host header.
struct Authority {
  std::string host;  ///< a name, an IPv4 address, or an IPv6 address without its brackets
  std::optional<std::uint16_t> port;
};

/// Strict: a name of at most 253 letters, digits and . - _ (a letter or digit first), an IPv4 address, or an
/// IPv6 address in brackets; a port of 1 to 65535. So nothing that passes needs escaping in XML or a log.
std::optional<Authority> parseAuthority(std::string_view text);

/// The host as a URL writes it: an IPv6 address in brackets.
std::string urlHost(const std::string& host);

struct HttpUrl {
  std::string host;  ///< an IPv6 address stands without its brackets
  std::uint16_t port;
  std::string path;  ///< "/" at least

  /// What the Host header says: "[::1]:8080", without the port when it is 80.
  std::string authority() const;
};

/// Parses http://HOST[:PORT][/PATH]; the port is 80 when it names none. Throws Error{InvalidParameter} that
/// quotes the text for anything else: other schemes, a user, a query, a fragment.
HttpUrl parseHttpUrl(const std::string& text);

}  // namespace vbs::http
