#include "cli/service_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "cli/service_unreachable.h"
#include "common/model/error.h"

namespace vbs::cli {
namespace {

using testing::HasSubstr;

class ScriptedChannel : public soap::Channel {
public:
  explicit ScriptedChannel(std::function<soap::Reply()> answer) : answer_(std::move(answer)) {}
  const std::string& url() const override { return url_; }
  soap::Reply post(const std::string& /*contentType*/, const std::string& /*soapAction*/,
                   const std::string& /*body*/) override {
    return answer_();
  }

private:
  std::function<soap::Reply()> answer_;
  std::string url_ = "http://storage:8090/vbs";
};

soap::Reply ask(std::function<soap::Reply()> answer) {
  return serviceChannel(std::make_unique<ScriptedChannel>(std::move(answer)))->post("text/xml", "a", "b");
}

std::string unreachableBy(std::function<soap::Reply()> answer) {
  try {
    ask(std::move(answer));
  } catch (const ServiceUnreachable& error) {
    return error.what();
  }
  return "an answer";
}

TEST(ServiceChannel, PassesSoapOnWhateverItsStatus) {
  EXPECT_EQ(ask([] { return soap::Reply{200, "text/xml; charset=utf-8", "<ok/>"}; }).body, "<ok/>");
  EXPECT_EQ(ask([] { return soap::Reply{500, "application/soap+xml", "<fault/>"}; }).body, "<fault/>");
}

TEST(ServiceChannel, TellsThatNoAnswerCame) {
  for (const ErrorCode code : {ErrorCode::DelegateUnreachable, ErrorCode::Timeout}) {
    EXPECT_EQ(unreachableBy([&]() -> soap::Reply { throw Error(code, "http://h/: Connection refused"); }),
              "http://h/: Connection refused");
  }
}

TEST(ServiceChannel, TellsThatWhatAnswersIsNoSoapService) {
  const std::string reason = unreachableBy([] { return soap::Reply{404, "text/plain", "not found"}; });
  EXPECT_THAT(reason, HasSubstr("http://storage:8090/vbs"));
  EXPECT_THAT(reason, HasSubstr("HTTP 404"));
}

TEST(ServiceChannel, KeepsTheStatusOfWhatAnswersInTheServicesPlace) {
  const auto statusOf = [](std::function<soap::Reply()> answer) -> std::optional<int> {
    try {
      ask(std::move(answer));
    } catch (const ServiceUnreachable& error) {
      return error.httpStatus();
    }
    return 0;
  };
  EXPECT_EQ(statusOf([] { return soap::Reply{404, "text/plain", "not found"}; }), 404);
  EXPECT_EQ(statusOf([]() -> soap::Reply { throw Error(ErrorCode::Timeout, "late"); }), std::nullopt);
}

}  // namespace
}  // namespace vbs::cli
