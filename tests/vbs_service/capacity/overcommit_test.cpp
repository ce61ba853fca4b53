#include "vbs_service/capacity/overcommit.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace vbs::capacity {
namespace {

constexpr std::int64_t kGiB = 1LL << 30;

TEST(Overcommit, MakesTheLimitOfTheTotal) {
  EXPECT_EQ(Overcommit("1").limitGiB(24 * kGiB), 24);
  EXPECT_EQ(Overcommit("2.5").limitGiB(10 * kGiB), 25);
  EXPECT_EQ(Overcommit("0.5").limitGiB(100 * kGiB), 50);
  EXPECT_EQ(Overcommit("1000").limitGiB(1LL << 60), 1000 * (1LL << 30));
}

TEST(Overcommit, CountsNoPartOfAGibibyte) {
  EXPECT_EQ(Overcommit("1").limitGiB(24 * kGiB - 1), 23);
  EXPECT_EQ(Overcommit("1").limitGiB(kGiB - 1), 0);
}

TEST(Overcommit, HasNoLimitWhenItIsUnlimited) {
  EXPECT_FALSE(Overcommit("unlimited").isLimited());
  EXPECT_EQ(Overcommit("unlimited").limitGiB(kGiB), std::nullopt);
  EXPECT_EQ(Overcommit().str(), "unlimited");
}

TEST(Overcommit, RefusesWhatIsNoRatio) {
  for (const char* text :
       {"", "0", "0.001", "1000.5", "-1", "1e2", "nan", "inf", "1,5", "1.5x", " 1", "Unlimited"}) {
    expectError(ErrorCode::InvalidParameter, "expected a number from 0.01 to 1000, or unlimited",
                [&] { Overcommit overcommit(text); });
  }
}

}  // namespace
}  // namespace vbs::capacity
