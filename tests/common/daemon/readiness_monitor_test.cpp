#include "common/daemon/readiness_monitor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace vbs::daemon {
namespace {

using namespace std::chrono_literals;

std::vector<Complaint> nothing() {
  return {};
}

TEST(ReadinessMonitor, HasLookedBeforeItIsAsked) {
  const ReadinessMonitor monitor({nothing,
                                  [] {
                                    return std::vector<Complaint>{{"part", "reason", true}};
                                  }},
                                 1h);
  ASSERT_EQ(monitor.current().size(), 1U);
  EXPECT_EQ(monitor.current()[0].part, "part");
}

TEST(ReadinessMonitor, LooksAgain) {
  std::atomic<bool> away = true;
  const ReadinessMonitor monitor(
      {[&] {
        return away ? std::vector<Complaint>{{"part", "away"}} : std::vector<Complaint>{};
      }},
      1ms);
  EXPECT_EQ(monitor.current().size(), 1U);
  away = false;
  while (!monitor.current().empty()) std::this_thread::yield();
}

TEST(ReadinessMonitor, ASourceThatThrowsIsAComplaint) {
  const ReadinessMonitor monitor({[]() -> std::vector<Complaint> { throw std::runtime_error("broken"); }},
                                 1h);
  ASSERT_EQ(monitor.current().size(), 1U);
  EXPECT_EQ(monitor.current()[0].reason, "broken");
  EXPECT_TRUE(monitor.current()[0].stopsAll);
}

TEST(ReadinessMonitor, ALookThatHangsIsAComplaint) {
  std::atomic<ReadinessMonitor::Clock::duration> age{ReadinessMonitor::Clock::duration(0)};
  const auto now = [&] { return ReadinessMonitor::Clock::time_point{} + age.load(); };
  const ReadinessMonitor monitor({nothing}, 1h, now);
  age = 10h;
  EXPECT_TRUE(monitor.current().empty());
  age = 11h;
  ASSERT_EQ(monitor.current().size(), 1U);
  EXPECT_TRUE(monitor.current()[0].stopsAll);
}

}  // namespace
}  // namespace vbs::daemon
