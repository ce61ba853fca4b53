#include "common/http/url.h"

#include <gtest/gtest.h>

#include "common/model/error.h"
#include "support/expect_error.h"

namespace vbs::http {
namespace {

using namespace std::string_view_literals;

TEST(HttpUrl, HasAHostAPortAndAPath) {
  const auto url = parseHttpUrl("http://vbs-1.example:8080/a/b");
  EXPECT_EQ(url.host, "vbs-1.example");
  EXPECT_EQ(url.port, 8080);
  EXPECT_EQ(url.path, "/a/b");
  EXPECT_EQ(url.authority(), "vbs-1.example:8080");
}

TEST(HttpUrl, MayLeaveOutPortAndPath) {
  const auto url = parseHttpUrl("http://192.0.2.7");
  EXPECT_EQ(url.port, 80);
  EXPECT_EQ(url.path, "/");
  EXPECT_EQ(url.authority(), "192.0.2.7");
}

TEST(HttpUrl, TakesAnIpv6AddressInBrackets) {
  const auto url = parseHttpUrl("http://[2001:db8::1]:81/vbs");
  EXPECT_EQ(url.host, "2001:db8::1");
  EXPECT_EQ(url.port, 81);
  EXPECT_EQ(url.authority(), "[2001:db8::1]:81");
}

TEST(HttpUrl, IsRefusedWhenItIsAnythingElse) {
  for (const auto* text : {"",
                           "http://",
                           "vbs:8080/x",
                           "https://a/",
                           "ftp://a/",
                           "http:///path",
                           "http://a:/",
                           "http://a:0/",
                           "http://a:65536/",
                           "http://a:80x/",
                           "http://a:+80/",
                           "http://user@a/",
                           "http://a/x?y",
                           "http://a/x#y",
                           "http://a?x",
                           "http://a/x y",
                           "http://a/\r\nHost: b",
                           "http://::1/",
                           "http://[::1/",
                           "http://[::1]x/",
                           "http://[vbs]/",
                           "http://-a/",
                           "http://a b/",
                           " http://a/",
                           "http://a/\xC3\xA4"}) {
    const Error error = errorOf([&] { parseHttpUrl(text); });
    EXPECT_EQ(error.code(), ErrorCode::InvalidParameter);
    EXPECT_NE(std::string_view(error.what()).find("http://HOST:PORT/PATH"), std::string_view::npos);
  }
}

TEST(Authority, RefusesAHiddenEnd) {
  EXPECT_TRUE(parseAuthority("[::1]"sv));
  EXPECT_FALSE(parseAuthority("[::1\0]"sv));
  EXPECT_FALSE(parseAuthority("a\0"sv));
}

}  // namespace
}  // namespace vbs::http
