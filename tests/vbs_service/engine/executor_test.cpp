#include "vbs_service/engine/executor.h"

#include <atomic>
#include <latch>
#include <stdexcept>

#include "common/system/thread_scheduler.h"
#include "support/expect_error.h"

namespace vbs::engine {
namespace {

using std::chrono::milliseconds;

TEST(Executor, RunsAWorkAndThrowsWhatItThrows) {
  Executor executor(system::threadScheduler(), 2, 2);
  int result = 0;
  executor.run(executor.admit(), [&] { result = 42; });
  EXPECT_EQ(result, 42);
  EXPECT_THROW(executor.run(executor.admit(), [] { throw std::out_of_range("x"); }), std::out_of_range);
}

TEST(Executor, IsBusyAtOnceWhenAllPlacesAreTaken) {
  Executor executor(system::threadScheduler(), 1, 2);
  {
    const auto first = executor.admit();
    const auto second = executor.admit();
    const auto third = executor.admit();
    expectError(ErrorCode::Busy, "3 operations are running or waiting", [&] { executor.admit(); });
  }
  EXPECT_NO_THROW(executor.admit());
}

TEST(Executor, RunsNoMoreAtOnceThanItHasThreads) {
  constexpr int kWorks = 20;
  Executor executor(system::threadScheduler(), 3, kWorks);
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  std::vector<std::thread> callers;
  callers.reserve(kWorks);
  for (int i = 0; i < kWorks; ++i) {
    callers.emplace_back([&] {
      executor.run(executor.admit(), [&] {
        const int now = ++running;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        std::this_thread::yield();
        --running;
      });
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 1);
}

TEST(Executor, AdmitsNobodyOnceItStops) {
  Executor executor(system::threadScheduler(), 1, 1);
  EXPECT_TRUE(executor.stop(milliseconds(0), [] {}));
  expectError(ErrorCode::Busy, "shutting down", [&] { executor.admit(); });
}

TEST(Executor, LetsWhatRunsEndWithinTheGrace) {
  Executor executor(system::threadScheduler(), 1, 1);
  std::latch begun(1);
  std::latch mayEnd(1);
  std::atomic<bool> done{false};
  std::thread caller([&] {
    executor.run(executor.admit(), [&] {
      begun.count_down();
      mayEnd.wait();
    });
    done = true;
  });
  begun.wait();
  std::thread ender([&] { mayEnd.count_down(); });
  EXPECT_TRUE(executor.stop(std::chrono::hours(1), [] { ADD_FAILURE() << "halted within the grace"; }));
  ender.join();
  caller.join();
  EXPECT_TRUE(done);
}

TEST(Executor, HaltsWhatOutlastsTheGrace) {
  Executor executor(system::threadScheduler(), 1, 1);
  std::latch begun(1);
  std::latch halted(1);
  std::thread caller([&] {
    executor.run(executor.admit(), [&] {
      begun.count_down();
      halted.wait();
    });
  });
  begun.wait();
  EXPECT_TRUE(executor.stop(milliseconds(0), [&] { halted.count_down(); }));
  caller.join();
}

TEST(Executor, ReleasesTheCallersOfWhatDoesNotEndWhenHalted) {
  Executor executor(system::threadScheduler(), 1, 1);
  std::latch begun(1);
  std::latch mayEnd(1);
  std::thread caller([&] {
    expectError(ErrorCode::Busy, "shutting down", [&] {
      executor.run(executor.admit(), [&] {
        begun.count_down();
        mayEnd.wait();
      });
    });
  });
  begun.wait();
  EXPECT_FALSE(executor.stop(milliseconds(0), [] {}));
  caller.join();
  mayEnd.count_down();
}

}  // namespace
}  // namespace vbs::engine
