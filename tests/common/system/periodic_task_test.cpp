#include "common/system/periodic_task.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "common/system/thread_scheduler.h"
#include "support/eventually.h"

namespace vbs::system {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(PeriodicTask, RunsAgainAndAgain) {
  std::atomic<int> runs{0};
  const PeriodicTask task(threadScheduler(), milliseconds(0), milliseconds(1), [&] { ++runs; });
  eventually([&] { return runs >= 3; });
}

TEST(PeriodicTask, EndsWithoutWaitingForItsNextTurn) {
  std::atomic<int> runs{0};
  {
    const PeriodicTask task(threadScheduler(), hours(1), hours(1), [&] { ++runs; });
  }
  EXPECT_EQ(runs, 0);
}

TEST(PeriodicTask, BeginsNothingOnceItStopsAndWaitsForTheRunThatGoesOn) {
  std::latch running(1);
  std::latch mayEnd(1);
  std::atomic<int> runs{0};
  {
    PeriodicTask task(threadScheduler(), milliseconds(0), milliseconds(0), [&] {
      running.count_down();
      mayEnd.wait();
      ++runs;
    });
    running.wait();
    task.stop();
    mayEnd.count_down();
  }
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace vbs::system
