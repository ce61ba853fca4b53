#include "common/delegate/operation_fence.h"

#include <gtest/gtest.h>

#include "support/operation_context.h"

namespace vbs::delegate {
namespace {

using namespace std::chrono_literals;
using Verdict = OperationFence::Verdict;

struct FakeClock {
  OperationFence::Clock::time_point now{};
};

class OperationFenceTest : public testing::Test {
protected:
  OperationFence fenceOf(OperationFence::Limits limits) {
    return OperationFence(limits, [this] { return clock_.now; });
  }
  FakeClock clock_;
};

TEST_F(OperationFenceTest, LetsOnlyUndoCallsOfAnUndoneOperationPass) {
  OperationFence fence = fenceOf({});
  fence.raise(OperationId("op-1"));
  EXPECT_EQ(fence.pass(doing("op-1"), "vol-1"), Verdict::Undone);
  EXPECT_EQ(fence.pass(undoing("op-1"), "vol-1"), Verdict::Pass);
  EXPECT_EQ(fence.pass(doing("op-2"), "vol-2"), Verdict::Pass);
}

TEST_F(OperationFenceTest, LetsNoCallOfAnOperationPassThatAnotherFollowed) {
  OperationFence fence = fenceOf({});
  EXPECT_EQ(fence.pass(doing("op-1"), "vol-1"), Verdict::Pass);
  EXPECT_EQ(fence.pass(doing("op-2"), "vol-1"), Verdict::Pass);
  EXPECT_EQ(fence.pass(doing("op-1"), "vol-1"), Verdict::Over);
  EXPECT_EQ(fence.pass(undoing("op-1"), "vol-1"), Verdict::Over);
  EXPECT_EQ(fence.pass(undoing("op-2"), "vol-1"), Verdict::Pass);
}

TEST_F(OperationFenceTest, LetsOperationsOnDifferentResourcesPassSideBySide) {
  OperationFence fence = fenceOf({});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(fence.pass(doing("op-1"), "vol-1"), Verdict::Pass);
    EXPECT_EQ(fence.pass(doing("op-2"), "vol-2"), Verdict::Pass);
  }
}

TEST_F(OperationFenceTest, ARefusedCallEndsNoOtherOperation) {
  OperationFence fence = fenceOf({});
  EXPECT_EQ(fence.pass(doing("op-1"), "vol-1"), Verdict::Pass);
  fence.raise(OperationId("op-2"));
  EXPECT_EQ(fence.pass(doing("op-2"), "vol-1"), Verdict::Undone);
  EXPECT_EQ(fence.pass(doing("op-1"), "vol-1"), Verdict::Pass);
}

TEST_F(OperationFenceTest, ForgetsTheOldestWhenThereAreTooMany) {
  OperationFence fence = fenceOf({.operations = 2});
  for (const char* id : {"op-1", "op-2", "op-3"}) fence.raise(OperationId(id));
  EXPECT_EQ(fence.pass(doing("op-3"), "vol-3"), Verdict::Undone);
  EXPECT_EQ(fence.pass(doing("op-2"), "vol-2"), Verdict::Undone);
  EXPECT_EQ(fence.pass(doing("op-1"), "vol-1"), Verdict::Pass);
}

TEST_F(OperationFenceTest, ForgetsWhatIsTooOld) {
  OperationFence fence = fenceOf({.age = 1h});
  fence.raise(OperationId("op-1"));
  clock_.now += 1h;
  EXPECT_EQ(fence.pass(doing("op-1"), "vol-1"), Verdict::Undone);
  clock_.now += 1h + 1s;
  EXPECT_EQ(fence.pass(doing("op-1"), "vol-1"), Verdict::Pass);
}

TEST_F(OperationFenceTest, ForgetsWhichOperationWasPresentWithTheOperation) {
  OperationFence fence = fenceOf({.operations = 2});
  for (const char* id : {"op-1", "op-2", "op-3"}) {
    EXPECT_EQ(fence.pass(doing(id), "vol-" + std::string(id)), Verdict::Pass);
  }
  EXPECT_EQ(fence.pass(doing("op-4"), "vol-op-1"), Verdict::Pass);
}

}  // namespace
}  // namespace vbs::delegate
