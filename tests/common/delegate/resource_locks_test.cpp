#include "common/delegate/resource_locks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "common/model/error.h"
#include "common/system/thread_scheduler.h"

namespace vbs::delegate {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

OperationContext operation(const std::string& id) {
  return {OperationId(id), RequestId("request-of-" + id)};
}

TEST(ResourceLocks, LetDifferentResourcesBeHeldAtTheSameTime) {
  ResourceLocks locks(system::threadScheduler(), 1h);
  const auto first = locks.acquire(operation("op-1"), {"vol-00000001"});
  const auto second = locks.acquire(operation("op-2"), {"vol-00000002"});
}

TEST(ResourceLocks, LetOneCallAtATimeHoldAResource) {
  ResourceLocks locks(system::threadScheduler(), 1h);
  constexpr int kThreads = 8;
  std::latch start(kThreads);
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::vector<std::jthread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      for (int round = 0; round < 200; ++round) {
        const auto hold = locks.acquire(operation("op"), {"vol-00000001"});
        const int now = ++inside;
        if (now > most) most = now;
        --inside;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(most, 1);
}

TEST(ResourceLocks, TakeSeveralInAnyOrderWithoutBlockingForEver) {
  ResourceLocks locks(system::threadScheduler(), 1h);
  const auto takeBoth = [&](const std::string& one, const std::string& other) {
    for (int round = 0; round < 1000; ++round) {
      const auto hold = locks.acquire(operation("op"), {one, other});
    }
  };
  std::jthread forth([&] { takeBoth("vol-00000001", "snap-00000001"); });
  std::jthread back([&] { takeBoth("snap-00000001", "vol-00000001"); });
}

TEST(ResourceLocks, SayWhichOperationHoldsWhatWasWaitedFor) {
  ResourceLocks locks(system::threadScheduler(), 1ms);
  const auto hold = locks.acquire(operation("op-1"), {"vol-00000001"});
  try {
    const auto second = locks.acquire(operation("op-2"), {"snap-00000001", "vol-00000001"});
    FAIL() << "took what is held";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Timeout);
    EXPECT_EQ(error.resource(), "vol-00000001");
    EXPECT_THAT(error.what(), HasSubstr("busy with operation op-1 (request request-of-op-1)"));
  }
}

TEST(ResourceLocks, TakeNothingWhenOneOfSeveralIsHeld) {
  ResourceLocks locks(system::threadScheduler(), 1ms);
  const auto hold = locks.acquire(operation("op-1"), {"vol-00000001"});
  EXPECT_THROW((void)locks.acquire(operation("op-2"), {"snap-00000001", "vol-00000001"}), Error);
  const auto free = locks.acquire(operation("op-3"), {"snap-00000001"});
}

TEST(ResourceLocks, AreGivenBackOnceEvenWhenTheHoldMoves) {
  ResourceLocks locks(system::threadScheduler(), 1ms);
  std::optional<ResourceLocks::Hold> moved;
  {
    ResourceLocks::Hold hold = locks.acquire(operation("op-1"), {"vol-00000001"});
    moved.emplace(std::move(hold));
  }
  EXPECT_THROW((void)locks.acquire(operation("op-2"), {"vol-00000001"}), Error);
  moved.reset();
  const auto again = locks.acquire(operation("op-3"), {"vol-00000001"});
}

}  // namespace
}  // namespace vbs::delegate
