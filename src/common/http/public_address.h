#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace vbs::http {

/// What a request says of the address that its client used. Each part may be empty, and may be anything.
struct ClaimedAddress {
  std::string_view host;            ///< its Host header
  std::string_view forwardedProto;  ///< X-Forwarded-Proto
  std::string_view forwardedHost;   ///< X-Forwarded-Host
  boost::asio::ip::address peer;    ///< who has sent it
};

/// Says which address the contract names. Immutable; thread-safe.
class PublicAddress {
public:
  /// `publicUrl`: http(s)://HOST[:PORT], which takes precedence over whatever a request says, or empty.
  /// `trustedProxies`: the IP addresses of the proxies whose X-Forwarded-Proto and -Host are believed; an
  /// entry "none" is no proxy. `ownUrl`: for requests that name no usable host. Throws
  /// Error{InvalidParameter} for a proxy that is no IP address.
  PublicAddress(std::string publicUrl, const std::vector<std::string>& trustedProxies, std::string ownUrl);

  /// "https://storage.example:8443"
  std::string urlFor(const ClaimedAddress& claimed) const;

private:
  bool trusts(const boost::asio::ip::address& peer) const;

  std::string publicUrl_;
  std::vector<boost::asio::ip::address> trustedProxies_;
  std::string ownUrl_;
};

}  // namespace vbs::http
