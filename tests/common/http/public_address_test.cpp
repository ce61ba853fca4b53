#include "common/http/public_address.h"

#include <gtest/gtest.h>

#include "common/model/error.h"

namespace vbs::http {
namespace {

const auto kProxy = boost::asio::ip::make_address("192.0.2.7");
const auto kStranger = boost::asio::ip::make_address("192.0.2.8");

TEST(PublicAddress, IsTheHostThatTheRequestNames) {
  const PublicAddress address("", {}, "http://127.0.0.1:1");
  EXPECT_EQ(address.urlFor({"vbs.example:8090", "", "", kStranger}), "http://vbs.example:8090");
  EXPECT_EQ(address.urlFor({"", "", "", kStranger}), "http://127.0.0.1:1");
  EXPECT_EQ(address.urlFor({"a b", "", "", kStranger}), "http://127.0.0.1:1");
}

TEST(PublicAddress, IsTheConfiguredOneBeforeAllOthers) {
  const PublicAddress address("https://vbs.example", {"192.0.2.7"}, "http://127.0.0.1:1");
  EXPECT_EQ(address.urlFor({"a", "http", "b", kProxy}), "https://vbs.example");
  EXPECT_EQ(address.urlFor({"", "", "", kStranger}), "https://vbs.example");
}

TEST(PublicAddress, IsWhatATrustedProxySays) {
  const PublicAddress address("", {"192.0.2.7"}, "http://127.0.0.1:1");
  EXPECT_EQ(address.urlFor({"a", "https", "b:8443", kProxy}), "https://b:8443");
  EXPECT_EQ(address.urlFor({"a", "HTTPS", "", kProxy}), "https://a");
  EXPECT_EQ(address.urlFor({"a", "http", "", kProxy}), "http://a");
  EXPECT_EQ(address.urlFor({"a", "", "b", kProxy}), "http://b");
  EXPECT_EQ(address.urlFor({"a", "https", "b", kStranger}), "http://a");
}

TEST(PublicAddress, TakesTheEntryOfAListThatTheProxyHasAdded) {
  const PublicAddress address("", {"192.0.2.7"}, "http://127.0.0.1:1");
  EXPECT_EQ(address.urlFor({"a", "http, https", "forged, b ", kProxy}), "https://b");
  EXPECT_EQ(address.urlFor({"a", "https,", "forged, ", kProxy}), "http://a");
}

TEST(PublicAddress, IsNotWhatAProxySaysThatMakesNoSense) {
  const PublicAddress address("", {"192.0.2.7"}, "http://127.0.0.1:1");
  EXPECT_EQ(address.urlFor({"a", "javascript", "b\"/>", kProxy}), "http://a");
}

TEST(PublicAddress, KnowsAProxyOverIpv4OnAnIpv6Socket) {
  const PublicAddress address("", {"192.0.2.7"}, "http://127.0.0.1:1");
  EXPECT_EQ(address.urlFor({"a", "https", "", boost::asio::ip::make_address("::ffff:192.0.2.7")}),
            "https://a");
}

TEST(PublicAddress, TrustsAddressesOnly) {
  EXPECT_NO_THROW(PublicAddress("", {"none"}, ""));
  for (const std::string proxy : {"proxy.example", "192.0.2.0/24", ""}) {
    EXPECT_THROW(PublicAddress("", {proxy}, ""), Error) << proxy;
  }
}

}  // namespace
}  // namespace vbs::http
