#include "common/soap/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vbs::soap {
namespace {

using ::testing::HasSubstr;

class EchoEndpoint : public Endpoint {
public:
  std::string_view path() const override { return "/vbs"; }
  std::string wsdl(std::string_view url) const override { return "<wsdl at=\"" + std::string(url) + "\"/>"; }
  http::Response handle(const Message& message) override {
    return {200, message.contentType, message.path + " " + message.body};
  }
};

http::Request request(std::string method, std::string query) {
  return {.method = std::move(method),
          .target = {.authority = {}, .path = "/vbs", .query = std::move(query)},
          .headers = {},
          .body = {},
          .peer = {},
          .site = "https://storage.example:8443"};
}

http::Response page(std::string method, std::string query) {
  EchoEndpoint endpoint;
  return endpoint.answerHead(request(std::move(method), std::move(query))).value();
}

TEST(Endpoint, TakesAPostAsAMessageWhateverItsQuery) {
  EchoEndpoint endpoint;
  EXPECT_FALSE(endpoint.answerHead(request("POST", "")));
  EXPECT_FALSE(endpoint.answerHead(request("POST", "wsdl")));
  http::Request message = request("POST", "");
  message.headers = {{"content-type", "text/xml"}};
  message.body = "<soap/>";
  const http::Response response = endpoint.answer(message);
  EXPECT_EQ(response.contentType, "text/xml");
  EXPECT_EQ(response.body, "/vbs <soap/>");
}

TEST(Endpoint, AnswersTheContractWithTheAddressThatTheClientUsed) {
  for (const std::string query : {"wsdl", "WSDL", "Wsdl"}) {
    for (const std::string method : {"GET", "HEAD"}) {
      const http::Response response = page(method, query);
      EXPECT_EQ(response.status, 200);
      EXPECT_EQ(response.contentType, "text/xml; charset=utf-8");
      EXPECT_EQ(response.body, "<wsdl at=\"https://storage.example:8443/vbs\"/>");
    }
  }
}

TEST(Endpoint, AnswersTheContractWithoutSoap12ForStacksThatTripOverIt) {
  class Both final : public EchoEndpoint {
    std::string wsdl(std::string_view /*url*/) const override {
      return "<a/>\n<wsdl:binding name=\"x\">\n<soap12:binding/>\n</wsdl:binding>\n<b/>\n";
    }
  } both;
  const auto whole = both.answerHead(request("GET", "wsdl"));
  const auto part = both.answerHead(request("GET", "wsdl=SOAP11"));
  EXPECT_THAT(whole.value().body, HasSubstr("soap12:binding"));
  EXPECT_THAT(part.value().body, testing::Not(HasSubstr("soap12:binding")));
}

TEST(Endpoint, TellsWhereTheContractIs) {
  for (const std::string query : {"", "wsdl=soap12", "wsd"}) {
    const http::Response response = page("GET", query);
    EXPECT_EQ(response.status, 405) << query;
    EXPECT_EQ(response.allow, "POST") << query;
    EXPECT_THAT(response.body, HasSubstr("POSTed to /vbs; its contract is at /vbs?wsdl, for stacks"))
        << query;
  }
}

TEST(Endpoint, RefusesOtherMethods) {
  EXPECT_EQ(page("DELETE", "").status, 405);
  EXPECT_EQ(page("DELETE", "").allow, "POST");
  EXPECT_THAT(page("DELETE", "").body, HasSubstr("DELETE is not answered at /vbs"));
  EXPECT_EQ(page("PATCH", "wsdl").allow, "GET, HEAD, POST");
}

}  // namespace
}  // namespace vbs::soap
