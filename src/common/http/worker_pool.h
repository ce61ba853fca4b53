#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "common/system/scheduler.h"

namespace vbs::http {

/// A fixed number of threads that run jobs in the order they came, and a bounded queue before them.
/// Thread-safe.
class WorkerPool {
public:
  using Job = std::function<void()>;  ///< must not throw

  /// At most `maxQueued` jobs wait while all of the `threads` are busy.
  WorkerPool(system::Scheduler& scheduler, std::size_t threads, std::size_t maxQueued);
  /// close(), then waits for the jobs that are running.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False when the queue is full or the pool is closed; the job is then dropped.
  bool submit(Job job);

  /// Drops the jobs that have not begun and takes no more. Does not wait for those that are running.
  void close();

private:
  void run();

  const std::size_t capacity_;  ///< jobs running and waiting
  std::mutex mutex_;
  system::Condition changed_;
  std::deque<Job> queue_;
  std::size_t running_ = 0;
  bool closed_ = false;
  std::vector<system::Thread> threads_;
};

}  // namespace vbs::http
