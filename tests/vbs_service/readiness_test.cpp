#include "vbs_service/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "vbs_service/temporary_database.h"

namespace vbs::service {
namespace {

using testing::HasSubstr;

const auto kNobodyAsks = [] { FAIL() << "it was asked"; };

TEST(DelegateReadiness, ComplainsOfNobodyThatWasNotAskedYet) {
  LastSeen seen;
  EXPECT_TRUE(delegateReadiness(seen, kNobodyAsks)().empty());
}

TEST(DelegateReadiness, AHostThatIsAwayDoesNotStopAll) {
  LastSeen seen;
  seen.record("http://host1", "http://host1: no route");
  const auto complaints = delegateReadiness(seen, kNobodyAsks)();
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_EQ(complaints[0].part, "VMM Delegate");
  EXPECT_EQ(complaints[0].reason, "http://host1: no route");
  EXPECT_FALSE(complaints[0].stopsAll);
  seen.record("http://host1", std::nullopt);
  EXPECT_TRUE(delegateReadiness(seen, kNobodyAsks)().empty());
}

TEST(DelegateReadiness, AVolumeDelegateThatIsAwayStopsAll) {
  LastSeen seen;
  seen.record(kVolumeDelegate, "refused");
  const auto complaints = delegateReadiness(seen, [] { throw std::runtime_error("still away"); })();
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_EQ(complaints[0].part, kVolumeDelegate);
  EXPECT_TRUE(complaints[0].stopsAll);
}

TEST(DelegateReadiness, AVolumeDelegateThatWasAwayIsAskedAgain) {
  LastSeen seen;
  seen.record(kVolumeDelegate, "refused");
  EXPECT_TRUE(delegateReadiness(seen, [&] { seen.record(kVolumeDelegate, std::nullopt); })().empty());
}

}  // namespace
}  // namespace vbs::service
