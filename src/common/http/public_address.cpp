#include "common/http/public_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/http/url.h"
#include "common/model/error.h"
#include "common/model/text.h"

namespace vbs::http {
namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view kNone = "none";

/// A socket that listens on :: sees IPv4 as ::ffff:192.0.2.1.
ip::address withoutMapping(const ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

/// Of a list, the last entry: what the proxy before us has added itself.
std::string_view lastOf(std::string_view list) {
  constexpr std::string_view kSpace = " \t";
  list = list.substr(list.rfind(',') + 1);
  const auto begin = list.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return list.substr(begin, list.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace

PublicAddress::PublicAddress(std::string publicUrl, const std::vector<std::string>& trustedProxies,
                             std::string ownUrl)
    : publicUrl_(std::move(publicUrl)), ownUrl_(std::move(ownUrl)) {
  for (const std::string& proxy : trustedProxies) {
    if (proxy == kNone) continue;
    boost::system::error_code error;
    const auto address = ip::make_address(proxy, error);
    if (error) {
      throw Error(ErrorCode::InvalidParameter,
                  fmt::format("the trusted proxy \"{}\" is not an IP address", printable(proxy)));
    }
    trustedProxies_.push_back(withoutMapping(address));
  }
}

std::string PublicAddress::urlFor(const ClaimedAddress& claimed) const {
  if (!publicUrl_.empty()) return publicUrl_;
  std::string scheme = "http";
  std::string_view host = claimed.host;
  if (trusts(claimed.peer)) {
    if (lowerAscii(lastOf(claimed.forwardedProto)) == "https") scheme = "https";
    const std::string_view forwarded = lastOf(claimed.forwardedHost);
    if (parseAuthority(forwarded)) host = forwarded;
  }
  return parseAuthority(host) ? fmt::format("{}://{}", scheme, host) : ownUrl_;
}

bool PublicAddress::trusts(const ip::address& peer) const {
  return std::find(trustedProxies_.begin(), trustedProxies_.end(), withoutMapping(peer)) !=
         trustedProxies_.end();
}

}  // namespace vbs::http
