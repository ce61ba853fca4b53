#include "cli/system_clock.h"

#include <gtest/gtest.h>

#include <csignal>

namespace vbs::cli {
namespace {

using namespace std::chrono_literals;

TEST(SystemClock, SleepsAtLeastAsLongAsItIsTold) {
  SystemClock clock;
  const auto start = clock.now();
  EXPECT_TRUE(clock.sleep(5ms));
  EXPECT_GE(clock.now() - start, 5ms);
}

TEST(SystemClock, EndsTheSleepOfWhoeverIsInterrupted) {
  for (const int signal : {SIGINT, SIGTERM}) {
    SystemClock clock;
    ASSERT_TRUE(clock.sleep(0ms));
    std::raise(signal);
    EXPECT_FALSE(clock.sleep(24h));
  }
}

TEST(SystemClockDeathTest, LetsASecondSignalEndTheProcess) {
  EXPECT_EXIT(
      {
        SystemClock clock;
        clock.sleep(0ms);
        std::raise(SIGINT);
        std::raise(SIGINT);
      },
      testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace vbs::cli
