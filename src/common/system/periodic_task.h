#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace vbs::system {

/// Runs a task again and again, on a thread of its own. Thread-safe.
class PeriodicTask {
public:
  /// First after `delay`, then each time `interval` after its last end. `task` must not throw.
  PeriodicTask(std::chrono::milliseconds delay, std::chrono::milliseconds interval,
               std::function<void()> task);
  /// stop(), then waits for the run that goes on.
  ~PeriodicTask();
  PeriodicTask(const PeriodicTask&) = delete;
  PeriodicTask& operator=(const PeriodicTask&) = delete;

  /// No further run begins.
  void stop();

private:
  const std::chrono::milliseconds delay_;
  const std::chrono::milliseconds interval_;
  const std::function<void()> task_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace vbs::system
