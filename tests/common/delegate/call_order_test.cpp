#include "common/delegate/call_order.h"

#include <gtest/gtest.h>

#include "support/operation_context.h"

namespace vbs::delegate {
namespace {

using namespace std::chrono_literals;

struct FakeClock {
  CallOrder::Clock::time_point now{};
};

class CallOrderTest : public testing::Test {
protected:
  CallOrder orderOf(CallOrder::Limits limits) {
    return CallOrder(limits, [this] { return clock_.now; });
  }
  FakeClock clock_;
};

const std::optional<std::int64_t> kNone = std::nullopt;

TEST_F(CallOrderTest, ACallIsLateOnceAHigherNumberOfItsResourceWasHeard) {
  CallOrder order = orderOf({});
  EXPECT_EQ(order.laterThan(doing("op-1", 1), "vol-1"), kNone);
  order.hear(doing("op-1", 1), "vol-1");
  EXPECT_EQ(order.laterThan(doing("op-1", 1), "vol-1"), kNone) << "one that comes twice is none";
  order.hear(undoing("op-1", 3), "vol-1");
  EXPECT_EQ(order.laterThan(doing("op-1", 1), "vol-1"), 3);
  EXPECT_EQ(order.laterThan(doing("op-2", 2), "vol-1"), 3) << "of whichever operation";
  EXPECT_EQ(order.laterThan(undoing("op-1", 3), "vol-1"), kNone);
  EXPECT_EQ(order.laterThan(doing("op-3", 4), "vol-1"), kNone);
}

TEST_F(CallOrderTest, ALateCallThatIsHeardMakesNoOtherOneLate) {
  CallOrder order = orderOf({});
  order.hear(doing("op-2", 2), "vol-1");
  order.hear(doing("op-1", 1), "vol-1");
  EXPECT_EQ(order.laterThan(doing("op-1", 1), "vol-1"), 2);
  EXPECT_EQ(order.laterThan(doing("op-2", 2), "vol-1"), kNone);
}

TEST_F(CallOrderTest, ResourcesHaveNothingToDoWithEachOther) {
  CallOrder order = orderOf({});
  order.hear(doing("op-2", 2), "vol-2");
  EXPECT_EQ(order.laterThan(doing("op-1", 1), "vol-1"), kNone);
}

TEST_F(CallOrderTest, ACallWithoutANumberIsNeverLateAndMakesNoOtherOneLate) {
  CallOrder order = orderOf({});
  order.hear(doing("op-1", 1), "vol-1");
  EXPECT_EQ(order.laterThan(doing("op-2"), "vol-1"), kNone);
  order.hear(doing("op-2"), "vol-1");
  EXPECT_EQ(order.laterThan(doing("op-1", 1), "vol-1"), kNone);
}

TEST_F(CallOrderTest, RemembersWhichOperationChangedAResourceLast) {
  CallOrder order = orderOf({});
  EXPECT_FALSE(order.hasChanged(OperationId("op-1"), "vol-1"));
  order.noteChange(OperationId("op-1"), "vol-1");
  EXPECT_TRUE(order.hasChanged(OperationId("op-1"), "vol-1"));
  EXPECT_FALSE(order.hasChanged(OperationId("op-1"), "vol-2"));
  EXPECT_FALSE(order.hasChanged(OperationId("op-2"), "vol-1"));
  order.noteChange(OperationId("op-2"), "vol-1");
  EXPECT_FALSE(order.hasChanged(OperationId("op-1"), "vol-1"));
  EXPECT_TRUE(order.hasChanged(OperationId("op-2"), "vol-1"));
}

TEST_F(CallOrderTest, ForgetsTheOldestWhenThereAreTooMany) {
  CallOrder order = orderOf({.resources = 2});
  for (const char* resource : {"vol-1", "vol-2", "vol-3"}) order.hear(doing("op-2", 2), resource);
  EXPECT_EQ(order.laterThan(doing("op-1", 1), "vol-3"), 2);
  EXPECT_EQ(order.laterThan(doing("op-1", 1), "vol-2"), 2);
  EXPECT_EQ(order.laterThan(doing("op-1", 1), "vol-1"), kNone);
}

TEST_F(CallOrderTest, ForgetsWhatIsTooOld) {
  CallOrder order = orderOf({.age = 1h});
  order.hear(doing("op-2", 2), "vol-1");
  clock_.now += 1h;
  EXPECT_EQ(order.laterThan(doing("op-1", 1), "vol-1"), 2);
  clock_.now += 1h + 1s;
  EXPECT_EQ(order.laterThan(doing("op-1", 1), "vol-1"), kNone);
}

TEST_F(CallOrderTest, LateCallsDoNotKeepWhatMakesThemLate) {
  CallOrder order = orderOf({.age = 1h});
  order.hear(doing("op-2", 2), "vol-1");
  for (int minutes = 0; minutes < 60; ++minutes) {
    clock_.now += 1min;
    order.hear(doing("op-1", 1), "vol-1");
    EXPECT_EQ(order.laterThan(doing("op-1", 1), "vol-1"), 2);
  }
  clock_.now += 1min;
  EXPECT_EQ(order.laterThan(doing("op-1", 1), "vol-1"), kNone);
}

}  // namespace
}  // namespace vbs::delegate
