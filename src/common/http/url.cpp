#include "common/http/url.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "common/model/error.h"
#include "common/model/text.h"

namespace vbs::http {
namespace {

constexpr std::string_view kScheme = "http://";
constexpr std::size_t kMaxNameLength = 253;
constexpr std::uint16_t kDefaultPort = 80;

bool isLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool isHostName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameLength && isLetterOrDigit(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return isLetterOrDigit(c) || c == '.' || c == '-' || c == '_'; });
}

bool isIpv6Address(const std::string& text) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

std::optional<std::uint16_t> parsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

/// RFC 3986 "pchar" and "/"; what comes after "%" is not looked at.
bool isPath(std::string_view text) {
  constexpr std::string_view kPunctuation = "/-._~!$&'()*+,;=:@%";
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return isLetterOrDigit(c) || kPunctuation.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::optional<Authority> parseAuthority(std::string_view text) {
  Authority authority;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    authority.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    // A NUL would end inet_pton's view of the text early.
    if (authority.host.find('\0') != std::string::npos || !isIpv6Address(authority.host)) return std::nullopt;
  } else {
    const auto end = std::min(text.find(':'), text.size());
    authority.host = text.substr(0, end);
    rest = text.substr(end);
    if (!isHostName(authority.host)) return std::nullopt;
  }
  if (rest.empty()) return authority;
  if (!rest.starts_with(':')) return std::nullopt;
  authority.port = parsePort(rest.substr(1));
  if (!authority.port) return std::nullopt;
  return authority;
}

std::string urlHost(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string HttpUrl::authority() const {
  return port == kDefaultPort ? urlHost(host) : fmt::format("{}:{}", urlHost(host), port);
}

HttpUrl parseHttpUrl(const std::string& text) {
  const auto refuse = [&](std::string_view reason) {
    return Error(
        ErrorCode::InvalidParameter,
        fmt::format("\"{}\" is not a URL of the form http://HOST:PORT/PATH: {}", printable(text), reason));
  };
  if (!text.starts_with(kScheme)) throw refuse("it does not begin with http://");
  const std::string_view rest = std::string_view(text).substr(kScheme.size());
  const auto pathBegin = std::min(rest.find('/'), rest.size());
  const auto authority = parseAuthority(rest.substr(0, pathBegin));
  if (!authority) {
    throw refuse(
        "the host must be a name, an IPv4 address or an IPv6 address in brackets, and a port 1 to 65535");
  }
  const std::string_view path = rest.substr(pathBegin);
  if (!isPath(path)) throw refuse("a path takes no spaces, no query and no fragment");
  return {.host = authority->host,
          .port = authority->port.value_or(kDefaultPort),
          .path = path.empty() ? "/" : std::string(path)};
}

}  // namespace vbs::http
