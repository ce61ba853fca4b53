#include "simulation/time/virtual_scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "common/system/in_parallel.h"
#include "common/system/periodic_task.h"

namespace vbs::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class VirtualSchedulerTest : public testing::Test {
protected:
  double elapsed() const { return std::chrono::duration<double>(scheduler_.now() - begin_).count(); }

  Trace trace_;
  std::vector<std::string> broken_;
  VirtualScheduler scheduler_{1, trace_, [this](const std::string& what) { broken_.push_back(what); }};
  const system::Clock::TimePoint begin_ = scheduler_.now();
};

TEST_F(VirtualSchedulerTest, LetsHoursGoByAtOnce) {
  scheduler_.sleep(hours(5));
  EXPECT_EQ(scheduler_.now() - begin_, hours(5));
}

TEST_F(VirtualSchedulerTest, LetsTheTimeOfDayBeSetAlone) {
  const auto before = scheduler_.timeOfDay();
  scheduler_.setTimeOfDayOn(-hours(1));
  scheduler_.sleep(seconds(10));
  EXPECT_EQ(scheduler_.timeOfDay() - before, seconds(10) - hours(1));
  EXPECT_EQ(scheduler_.now() - begin_, seconds(10));
}

TEST_F(VirtualSchedulerTest, CallsEventsInTheOrderOfTheirTimes) {
  std::vector<int> seen;
  scheduler_.at(begin_ + seconds(2), [&] { seen.push_back(2); });
  scheduler_.at(begin_ + seconds(1), [&] { seen.push_back(1); });
  scheduler_.sleep(seconds(3));
  EXPECT_THAT(seen, testing::ElementsAre(1, 2));
}

TEST_F(VirtualSchedulerTest, RunsWhatWaitsForEachOther) {
  std::mutex mutex;
  system::Condition changed(scheduler_);
  int count = 0;
  system::Thread other(scheduler_, [&] {
    scheduler_.sleep(minutes(1));
    const std::lock_guard lock(mutex);
    ++count;
    changed.notifyAll();
  });
  {
    std::unique_lock lock(mutex);
    EXPECT_FALSE(changed.waitFor(lock, seconds(1), [&] { return count == 1; }));
    EXPECT_TRUE(changed.waitFor(lock, hours(1), [&] { return count == 1; }));
  }
  other.join();
  EXPECT_EQ(scheduler_.now() - begin_, minutes(1));
}

TEST_F(VirtualSchedulerTest, LetsOneThreadInAtATime) {
  system::Mutex mutex(scheduler_);
  int inside = 0;
  int most = 0;
  std::vector<system::Thread> threads;
  for (int i = 0; i < 10; ++i) {
    threads.emplace_back(scheduler_, [&] {
      const std::lock_guard lock(mutex);
      most = std::max(most, ++inside);
      scheduler_.sleep(seconds(1));
      --inside;
    });
  }
  for (system::Thread& thread : threads) thread.join();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(scheduler_.now() - begin_, seconds(10));
}

TEST_F(VirtualSchedulerTest, RunsPeriodicTasks) {
  int runs = 0;
  {
    const system::PeriodicTask task(scheduler_, seconds(1), minutes(1), [&] { ++runs; });
    scheduler_.sleep(hours(1));
  }
  EXPECT_EQ(runs, 60);
}

TEST_F(VirtualSchedulerTest, RunsListsInParallel) {
  std::vector<int> items{1, 2, 3, 4};
  int sum = 0;
  system::inParallel(
      scheduler_, items, 4, [](int item) { return std::to_string(item); },
      [&](int item) {
        scheduler_.sleep(seconds(1));
        sum += item;
      });
  EXPECT_EQ(sum, 10);
  EXPECT_EQ(scheduler_.now() - begin_, seconds(1));
}

/// Which of three threads, that could all go on, did so in which order.
std::string orderOf(std::uint64_t seed) {
  Trace trace;
  VirtualScheduler scheduler(seed, trace, nullptr);
  std::string order;
  std::vector<system::Thread> threads;
  for (const char name : {'a', 'b', 'c'}) {
    threads.emplace_back(scheduler, [&, name] {
      for (int i = 0; i < 5; ++i) {
        order += name;
        scheduler.yield();
      }
    });
  }
  for (system::Thread& thread : threads) thread.join();
  return order + std::to_string(trace.hash());
}

TEST(VirtualSchedulers, RepeatTheOrderOfASeedAndTryOthersWithOtherSeeds) {
  EXPECT_EQ(orderOf(7), orderOf(7));
  EXPECT_NE(orderOf(7), orderOf(8));
}

TEST_F(VirtualSchedulerTest, KillsAllThreadsOfAProcessAndNoOthers) {
  int unwound = 0;
  int goesOn = 0;
  struct Guard {
    ~Guard() { ++count; }
    int& count;
  };
  bool hasEnded = false;
  const auto process = scheduler_.launch(
      "victim",
      [&] {
        system::Thread helper(scheduler_, [&] {
          const Guard guard{unwound};
          scheduler_.sleep(hours(1));
          ++goesOn;
        });
        struct Joins {
          ~Joins() { thread.join(); }
          system::Thread& thread;
        } const joins{helper};
        const Guard guard{unwound};
        scheduler_.sleep(hours(1));
        ++goesOn;
      },
      [&] { hasEnded = true; });
  system::Thread survivor(scheduler_, [&] {
    scheduler_.sleep(minutes(2));
    ++goesOn;
  });
  scheduler_.sleep(minutes(1));
  EXPECT_TRUE(VirtualScheduler::isAlive(process));
  scheduler_.kill(process);
  survivor.join();
  EXPECT_FALSE(VirtualScheduler::isAlive(process));
  EXPECT_TRUE(hasEnded);
  EXPECT_EQ(unwound, 2);
  EXPECT_EQ(goesOn, 1);
  EXPECT_EQ(scheduler_.now() - begin_, minutes(2));
}

TEST_F(VirtualSchedulerTest, LetsWaitsInDestructorsEndWhenAProcessIsKilled) {
  struct WaitsAtItsEnd {
    ~WaitsAtItsEnd() {
      std::unique_lock lock(mutex);
      timedOut = !changed.waitFor(lock, hours(1), [] { return false; });
    }
    std::mutex mutex = {};
    system::Condition changed;
    bool& timedOut;
  };
  bool timedOut = false;
  const auto process = scheduler_.launch(
      "victim",
      [&] {
        const WaitsAtItsEnd object{.changed = system::Condition(scheduler_), .timedOut = timedOut};
        scheduler_.sleep(hours(5));
      },
      nullptr);
  scheduler_.sleep(seconds(1));
  scheduler_.kill(process);
  scheduler_.sleep(seconds(1));
  EXPECT_TRUE(timedOut);
  EXPECT_EQ(scheduler_.now() - begin_, seconds(2));
}

TEST_F(VirtualSchedulerTest, StopsWhoCatchesAllAtHisNextWait) {
  int steps = 0;
  const auto process = scheduler_.launch(
      "victim",
      [&] {
        try {
          scheduler_.sleep(hours(1));
        } catch (...) {
          ++steps;
        }
        scheduler_.sleep(hours(1));
        ++steps;
      },
      nullptr);
  scheduler_.sleep(seconds(1));
  scheduler_.kill(process);
  scheduler_.sleep(hours(3));
  EXPECT_EQ(steps, 1);
}

TEST_F(VirtualSchedulerTest, FreezesAProcessForAWhile) {
  double awake = 0;
  const auto process = scheduler_.launch(
      "sleeper",
      [&] {
        scheduler_.sleep(seconds(2));
        awake = elapsed();
      },
      nullptr);
  scheduler_.sleep(seconds(1));
  scheduler_.freeze(process, seconds(60));
  scheduler_.sleep(seconds(120));
  EXPECT_EQ(awake, 61);
}

TEST_F(VirtualSchedulerTest, TellsOfExceptionsThatEndAThread) {
  system::Thread thread(scheduler_, [] { throw std::runtime_error("oh"); });
  thread.join();
  EXPECT_THAT(broken_, testing::ElementsAre(testing::HasSubstr("oh")));
}

}  // namespace
}  // namespace vbs::simulation
