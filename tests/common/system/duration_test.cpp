#include "common/system/duration.h"

#include <gtest/gtest.h>

namespace vbs::system {
namespace {

using namespace std::chrono_literals;

TEST(Duration, IsANumberAndAUnit) {
  EXPECT_EQ(parseDuration("500ms"), 500ms);
  EXPECT_EQ(parseDuration("30s"), 30s);
  EXPECT_EQ(parseDuration("5m"), 5min);
  EXPECT_EQ(parseDuration("168h"), 168h);
}

TEST(Duration, RefusesTheRest) {
  for (const char* bad : {"", "0s", "-1s", "30", "s", "1.5s", "30 s", "30S", "1d", "169h",
                          "99999999999999999999s", "604800001ms", "+1s"}) {
    EXPECT_EQ(parseDuration(bad), std::nullopt) << bad;
  }
}

TEST(Duration, IsWrittenInTheLargestExactUnit) {
  EXPECT_EQ(toString(1500ms), "1500ms");
  EXPECT_EQ(toString(90s), "90s");
  EXPECT_EQ(toString(120s), "2m");
  EXPECT_EQ(toString(24h), "24h");
}

}  // namespace
}  // namespace vbs::system
