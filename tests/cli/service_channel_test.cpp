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

class ScriptedChannel : public http::Channel {
public:
  explicit ScriptedChannel(std::function<http::Response()> answer) : answer_(std::move(answer)) {}
  const std::string& url() const override { return url_; }
  http::Response post(const http::Headers&, const std::string& /*body*/) override { return answer_(); }

private:
  std::function<http::Response()> answer_;
  std::string url_ = "http://storage:8090/vbs";
};

http::Response ask(std::function<http::Response()> answer) {
  return serviceChannel(std::make_unique<ScriptedChannel>(std::move(answer)))->post({}, "b");
}

std::string unreachableBy(std::function<http::Response()> answer) {
  try {
    ask(std::move(answer));
  } catch (const ServiceUnreachable& error) {
    return error.what();
  }
  return "an answer";
}

TEST(ServiceChannel, PassesSoapOnWhateverItsStatus) {
  EXPECT_EQ(ask([] { return http::Response{200, "text/xml; charset=utf-8", "<ok/>"}; }).body, "<ok/>");
  EXPECT_EQ(ask([] { return http::Response{500, "application/soap+xml", "<fault/>"}; }).body, "<fault/>");
}

TEST(ServiceChannel, TellsThatNoAnswerCame) {
  for (const ErrorCode code : {ErrorCode::DelegateUnreachable, ErrorCode::Timeout}) {
    EXPECT_EQ(unreachableBy([&]() -> http::Response { throw Error(code, "http://h/: Connection refused"); }),
              "http://h/: Connection refused");
  }
}

TEST(ServiceChannel, TellsThatWhatAnswersIsNoSoapService) {
  const std::string reason = unreachableBy([] { return http::Response{404, "text/plain", "not found"}; });
  EXPECT_THAT(reason, HasSubstr("http://storage:8090/vbs"));
  EXPECT_THAT(reason, HasSubstr("HTTP 404"));
}

TEST(ServiceChannel, KeepsTheStatusOfWhatAnswersInTheServicesPlace) {
  const auto statusOf = [](std::function<http::Response()> answer) -> std::optional<int> {
    try {
      ask(std::move(answer));
    } catch (const ServiceUnreachable& error) {
      return error.httpStatus();
    }
    return 0;
  };
  EXPECT_EQ(statusOf([] { return http::Response{404, "text/plain", "not found"}; }), 404);
  EXPECT_EQ(statusOf([]() -> http::Response { throw Error(ErrorCode::Timeout, "late"); }), std::nullopt);
}

}  // namespace
}  // namespace vbs::cli
