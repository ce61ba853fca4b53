#include "vbs_service/capacity/fullness_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/captured_log.h"

namespace vbs::capacity {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// What is logged when the use of 100 GiB is, one look after the other, as these say.
std::vector<std::string> linesOf(int warningPercent, const std::vector<double>& usedGiB) {
  const support::CapturedLog log;
  FullnessLog fullness(warningPercent);
  for (const double used : usedGiB) {
    fullness.seen(
        {.totalBytes = 100LL << 30, .freeBytes = static_cast<std::int64_t>((100 - used) * (1 << 30))});
  }
  return log.lines();
}

TEST(FullnessLog, WarnsOnceWhenAThresholdIsReached) {
  EXPECT_THAT(linesOf(80, {79, 80, 81, 85}),
              ElementsAre("warning the volume server is 80 % full: 20.0 of 100.0 GiB are free"));
}

TEST(FullnessLog, WarnsAgainAt90And95) {
  EXPECT_THAT(linesOf(80, {85, 90, 94, 95.5, 100}),
              ElementsAre("warning the volume server is 85 % full: 15.0 of 100.0 GiB are free",
                          "warning the volume server is 90 % full: 10.0 of 100.0 GiB are free",
                          "warning the volume server is 95 % full: 4.5 of 100.0 GiB are free"));
}

TEST(FullnessLog, WarnsOnceWhenSeveralThresholdsAreReachedAtOnce) {
  EXPECT_THAT(linesOf(80, {10, 97}),
              ElementsAre("warning the volume server is 97 % full: 3.0 of 100.0 GiB are free"));
}

TEST(FullnessLog, TellsWhenItHasFallenBelow) {
  EXPECT_THAT(linesOf(80, {97, 50, 40, 81}),
              ElementsAre("warning the volume server is 97 % full: 3.0 of 100.0 GiB are free",
                          "info the volume server is below 80 % again: 50.0 of 100.0 GiB are free",
                          "warning the volume server is 81 % full: 19.0 of 100.0 GiB are free"));
}

TEST(FullnessLog, SaysNothingOfAUseThatGoesUpAndDownAroundAThreshold) {
  EXPECT_THAT(linesOf(80, {80, 79, 80.5, 78.5, 81}),
              ElementsAre("warning the volume server is 80 % full: 20.0 of 100.0 GiB are free"));
}

TEST(FullnessLog, HasNoThresholdBelowTheFirst) {
  EXPECT_THAT(linesOf(92, {85, 91}), IsEmpty());
  EXPECT_THAT(linesOf(100, {99.9}), IsEmpty());
}

TEST(FullnessLog, NeverWarnsWhenItIsTurnedOff) {
  EXPECT_THAT(linesOf(0, {100}), IsEmpty());
}

TEST(FullnessLog, TakesAVolumeServerWithoutAnyRoomForFull) {
  const support::CapturedLog log;
  FullnessLog(80).seen({.totalBytes = 0, .freeBytes = 0});
  EXPECT_THAT(log.lines(), ElementsAre("warning the volume server is 100 % full: 0.0 of 0.0 GiB are free"));
}

}  // namespace
}  // namespace vbs::capacity
