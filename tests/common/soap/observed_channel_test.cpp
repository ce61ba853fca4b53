#include "common/soap/observed_channel.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "common/model/error.h"

namespace vbs::soap {
namespace {

class ScriptedChannel final : public http::Channel {
public:
  explicit ScriptedChannel(std::function<http::Response()> answer) : answer_(std::move(answer)) {}
  const std::string& url() const override { return url_; }
  http::Response post(const http::Headers&, const std::string&) override { return answer_(); }

private:
  std::string url_ = "http://host/path";
  std::function<http::Response()> answer_;
};

/// What the observer is told of one call that is answered so.
std::vector<std::optional<std::string>> toldOf(const std::function<http::Response()>& answer) {
  std::vector<std::optional<std::string>> told;
  const auto channel = observedChannel(std::make_unique<ScriptedChannel>(answer),
                                       [&](const auto& unanswered) { told.push_back(unanswered); });
  try {
    channel->post({}, "");
  } catch (const Error&) {
    // The caller's affair.
  }
  return told;
}

TEST(ObservedChannel, AnAnswerAFaultAndBusyAreAnswers) {
  for (const int status : {200, 400, 500, 503}) {
    const auto told = toldOf([status] { return http::Response{status, "text/xml", ""}; });
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0], std::nullopt) << status;
  }
}

TEST(ObservedChannel, AnotherProgramAtTheAddressIsNone) {
  EXPECT_EQ(toldOf([] {
              return http::Response{404, "text/plain", ""};
            })[0],
            "what answers at http://host/path is no SOAP service (HTTP 404)");
}

TEST(ObservedChannel, TellsWhyNobodyAnswered) {
  EXPECT_EQ(toldOf([]() -> http::Response { throw Error(ErrorCode::DelegateUnreachable, "refused"); })[0],
            "refused");
}

TEST(ObservedChannel, TheCallerGetsTheSame) {
  const auto channel = observedChannel(
      std::make_unique<ScriptedChannel>([]() -> http::Response { throw Error(ErrorCode::Timeout, "late"); }),
      [](const auto&) {});
  EXPECT_EQ(channel->url(), "http://host/path");
  EXPECT_THROW(channel->post({}, ""), Error);
}

}  // namespace
}  // namespace vbs::soap
