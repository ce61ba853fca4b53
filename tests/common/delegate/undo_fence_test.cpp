#include "common/delegate/undo_fence.h"

#include <gtest/gtest.h>

namespace vbs::delegate {
namespace {

using namespace std::chrono_literals;

struct FakeClock {
  UndoFence::Clock::time_point now{};
};

class UndoFenceTest : public testing::Test {
protected:
  UndoFence fenceOf(UndoFence::Limits limits) {
    return UndoFence(limits, [this] { return clock_.now; });
  }
  FakeClock clock_;
};

TEST_F(UndoFenceTest, KnowsOnlyTheOperationsItWasToldOf) {
  UndoFence fence = fenceOf({});
  fence.remember(OperationId("op-1"));
  EXPECT_TRUE(fence.isUndone(OperationId("op-1")));
  EXPECT_FALSE(fence.isUndone(OperationId("op-2")));
}

TEST_F(UndoFenceTest, ForgetsTheOldestWhenThereAreTooMany) {
  UndoFence fence = fenceOf({.operations = 2});
  for (const char* id : {"op-1", "op-2", "op-3"}) fence.remember(OperationId(id));
  EXPECT_FALSE(fence.isUndone(OperationId("op-1")));
  EXPECT_TRUE(fence.isUndone(OperationId("op-2")));
  EXPECT_TRUE(fence.isUndone(OperationId("op-3")));
}

TEST_F(UndoFenceTest, ForgetsWhatIsTooOld) {
  UndoFence fence = fenceOf({.age = 1h});
  fence.remember(OperationId("op-1"));
  clock_.now += 1h;
  EXPECT_TRUE(fence.isUndone(OperationId("op-1")));
  clock_.now += 1s;
  EXPECT_FALSE(fence.isUndone(OperationId("op-1")));
}

TEST_F(UndoFenceTest, RemembersARepeatedUndoFromItsLastTime) {
  UndoFence fence = fenceOf({.operations = 2, .age = 1h});
  fence.remember(OperationId("op-1"));
  fence.remember(OperationId("op-2"));
  clock_.now += 50min;
  fence.remember(OperationId("op-1"));
  clock_.now += 50min;
  EXPECT_TRUE(fence.isUndone(OperationId("op-1")));
  EXPECT_FALSE(fence.isUndone(OperationId("op-2")));
}

}  // namespace
}  // namespace vbs::delegate
