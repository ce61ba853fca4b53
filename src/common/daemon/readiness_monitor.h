#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "common/model/readiness.h"

namespace vbs::daemon {

/// Looks every now and then, on a thread of its own, at what a daemon needs. So whoever asks is answered at
/// once, though a disk hangs. Thread-safe.
class ReadinessMonitor {
public:
  using Clock = std::chrono::steady_clock;

  /// Looks once before it returns. What a source throws is a complaint that stops all.
  ReadinessMonitor(std::vector<ReadinessSource> sources, std::chrono::milliseconds interval,
                   std::function<Clock::time_point()> now = Clock::now);
  /// Waits for a look that is under way.
  ~ReadinessMonitor();
  ReadinessMonitor(const ReadinessMonitor&) = delete;
  ReadinessMonitor& operator=(const ReadinessMonitor&) = delete;

  /// What was seen last. When that is older than 10 intervals, that is a complaint that stops all.
  std::vector<Complaint> current() const;

private:
  void serve();
  void look();

  const std::vector<ReadinessSource> sources_;
  const std::chrono::milliseconds interval_;
  const std::function<Clock::time_point()> now_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;
  std::vector<Complaint> seen_;
  Clock::time_point seenAt_;
  std::thread thread_;
};

}  // namespace vbs::daemon
