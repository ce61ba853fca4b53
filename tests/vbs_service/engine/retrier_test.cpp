#include "vbs_service/engine/retrier.h"

#include <atomic>
#include <latch>
#include <mutex>
#include <set>
#include <stdexcept>

#include "common/system/thread_scheduler.h"
#include "vbs_service/service_under_test.h"

namespace vbs::engine {
namespace {

using std::chrono::milliseconds;

RetrierSettings quick(std::size_t threads = 2) {
  return {.threads = threads, .firstDelay = milliseconds(1), .maxDelay = milliseconds(4)};
}

TEST(Retrier, TriesUntilItSucceedsAndThenNoMore) {
  std::atomic<int> tries{0};
  Retrier retrier(system::threadScheduler(), quick(), [&](const OperationId&) {
    if (++tries < 5) throw std::runtime_error("not yet");
  });
  const OperationId id("op-1");
  retrier.add(id, Retrier::When::Now);
  eventually([&] { return tries == 5; });
  eventually([&] {  // it is let go of: another addition tries anew
    retrier.add(id, Retrier::When::Now);
    return tries > 5;
  });
}

TEST(Retrier, OneOperationThatHangsHoldsUpNoOther) {
  std::latch mayEnd(1);
  std::latch hanging(1);
  std::atomic<bool> other{false};
  {
    Retrier retrier(system::threadScheduler(), quick(), [&](const OperationId& id) {
      if (id == OperationId("hangs")) {
        hanging.count_down();
        mayEnd.wait();
      } else {
        other = true;
      }
    });
    retrier.add(OperationId("hangs"), Retrier::When::Now);
    hanging.wait();
    retrier.add(OperationId("other"), Retrier::When::Now);
    eventually([&] { return other.load(); });
    mayEnd.count_down();
  }
}

TEST(Retrier, ReleasesWhatItIsNotTryingRightNow) {
  const auto atOnce = std::chrono::steady_clock::time_point::min();
  std::latch trying(1);
  std::latch mayEnd(1);
  Retrier retrier(system::threadScheduler(),
                  {.threads = 1, .firstDelay = std::chrono::hours(1), .maxDelay = std::chrono::hours(1)},
                  [&](const OperationId&) {
                    trying.count_down();
                    mayEnd.wait();
                  });
  retrier.add(OperationId("later"), Retrier::When::Later);
  retrier.add(OperationId("now"), Retrier::When::Now);
  trying.wait();
  EXPECT_FALSE(retrier.release(OperationId("now"), atOnce));
  EXPECT_FALSE(retrier.release(OperationId("unknown"), atOnce));
  EXPECT_TRUE(retrier.release(OperationId("later"), atOnce));
  EXPECT_FALSE(retrier.release(OperationId("later"), atOnce));
  mayEnd.count_down();
}

TEST(Retrier, MakesTheTryThatGoesOnTheLastForWhoWaits) {
  const auto never = std::chrono::steady_clock::time_point::max();
  const OperationId id("op-1");
  std::atomic<int> tries{0};
  std::latch trying(1);
  std::latch mayEnd(1);
  Retrier retrier(system::threadScheduler(), quick(), [&](const OperationId&) {
    if (++tries == 1) {
      trying.count_down();
      mayEnd.wait();
    }
    throw std::runtime_error("not yet");
  });
  retrier.add(id, Retrier::When::Now);
  trying.wait();
  std::thread releaser([&] { EXPECT_TRUE(retrier.release(id, never)); });
  mayEnd.count_down();
  releaser.join();
  const int last = tries;
  retrier.add(id, Retrier::When::Later);  // it is tried again only now that it was given back
  eventually([&] { return tries > last; });
}

TEST(Retrier, LetsWhoWaitsGoWhenTheOperationEndsOrTheRetrierStops) {
  const auto never = std::chrono::steady_clock::time_point::max();
  for (const bool stops : {false, true}) {
    std::latch trying(1);
    std::latch mayEnd(1);
    Retrier retrier(system::threadScheduler(), quick(), [&](const OperationId&) {
      trying.count_down();
      mayEnd.wait();
    });
    retrier.add(OperationId("op-1"), Retrier::When::Now);
    trying.wait();
    std::thread releaser([&] { EXPECT_FALSE(retrier.release(OperationId("op-1"), never)); });
    if (stops) retrier.stop();
    if (stops) releaser.join();
    mayEnd.count_down();
    if (!stops) releaser.join();
  }
}

TEST(Retrier, NeverTriesOneOperationOnTwoThreads) {
  std::mutex mutex;
  std::set<OperationId> active;
  std::atomic<int> tries{0};
  std::atomic<bool> twice{false};
  Retrier retrier(system::threadScheduler(), quick(4), [&](const OperationId& id) {
    {
      const std::lock_guard lock(mutex);
      if (!active.insert(id).second) twice = true;
    }
    std::this_thread::yield();
    {
      const std::lock_guard lock(mutex);
      active.erase(id);
    }
    if (++tries < 100) throw std::runtime_error("not yet");
  });
  for (int i = 0; i < 5; ++i) {
    retrier.add(OperationId("op-" + std::to_string(i)), Retrier::When::Now);
    retrier.add(OperationId("op-0"), Retrier::When::Now);
  }
  eventually([&] { return tries >= 100; });
  EXPECT_FALSE(twice);
}

}  // namespace
}  // namespace vbs::engine
