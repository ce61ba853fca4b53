#pragma once

#include <chrono>
#include <functional>
#include <mutex>

#include "common/system/scheduler.h"

namespace vbs::system {

/// Runs a task again and again, on a thread of its own. Thread-safe.
class PeriodicTask {
public:
  /// First after `delay`, then each time `interval` after its last end. `task` must not throw.
  PeriodicTask(Scheduler& scheduler, std::chrono::milliseconds delay, std::chrono::milliseconds interval,
               std::function<void()> task);
  /// stop(), then waits for the run that goes on.
  ~PeriodicTask();
  PeriodicTask(const PeriodicTask&) = delete;
  PeriodicTask& operator=(const PeriodicTask&) = delete;

  /// No further run begins.
  void stop();

private:
  void serve();

  const std::chrono::milliseconds delay_;
  const std::chrono::milliseconds interval_;
  const std::function<void()> task_;
  std::mutex mutex_;
  Condition stopped_;
  bool stopping_ = false;
  Thread thread_;
};

}  // namespace vbs::system
