#include "common/delegate/commanders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vbs::delegate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CommandersTest : public testing::Test {
protected:
  std::vector<std::string> hear(const std::string& instance) {
    now_ += std::chrono::seconds(1);
    return commanders_.hear({ServiceInstanceId(instance), "service " + instance});
  }

  Commanders::Clock::time_point now_{};
  Commanders commanders_{[this] { return now_; }};
};

TEST_F(CommandersTest, AreOneServiceThoughItWasRestarted) {
  EXPECT_THAT(hear("a"), IsEmpty());
  EXPECT_THAT(hear("a"), IsEmpty());
  EXPECT_THAT(hear("b"), IsEmpty());
  EXPECT_THAT(hear("b"), IsEmpty());
}

TEST_F(CommandersTest, AreTwoWhenTheyTakeTurns) {
  hear("a");
  EXPECT_THAT(hear("b"), IsEmpty());
  EXPECT_THAT(hear("a"), ElementsAre("service b"));
  EXPECT_THAT(hear("b"), ElementsAre("service a"));
}

TEST_F(CommandersTest, AreForgottenWhenTheyFallSilent) {
  hear("a");
  hear("b");
  hear("a");
  now_ += Commanders::kSilence;
  EXPECT_THAT(hear("b"), IsEmpty());
}

TEST_F(CommandersTest, AreRememberedUpToABound) {
  hear("a");
  for (int i = 0; i < 1000; ++i) hear("other-" + std::to_string(i));
  EXPECT_THAT(hear("a"), IsEmpty());
}

}  // namespace
}  // namespace vbs::delegate
