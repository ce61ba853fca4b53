#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "common/system/scheduler.h"

namespace vbs::engine {

/// The threads that workflows run on, with a bounded queue before them. A caller waits for the end of its
/// work, but what becomes of the caller has no influence on it. Thread-safe.
class Executor {
public:
  /// `threads` works at once, `queued` more waiting for one; both at least 1.
  Executor(system::Scheduler& scheduler, std::size_t threads, std::size_t queued);
  /// stop() with no grace, then waits for the works that run.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// A place at a thread or in the queue, given back when it goes.
  class Place {
  public:
    Place(Place&& other) noexcept : executor_(std::exchange(other.executor_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (executor_ != nullptr) executor_->leave();
    }

  private:
    friend class Executor;
    explicit Place(Executor& executor) : executor_(&executor) {}
    Executor* executor_;
  };

  /// Throws Busy at once when all places are taken or stop() was called.
  Place admit();

  /// Runs `work` on one of the threads, waits for its end and throws what it throws. Throws Busy when stop()
  /// does not wait for it any longer; it goes on all the same.
  void run(Place place, std::function<void()> work);

  /// Admits nobody any more, and gives what runs `grace` to end. Then calls `halt`, which should make works
  /// end soon, and waits up to a second more; who still waits then is released. True when all works have
  /// ended.
  bool stop(std::chrono::milliseconds grace, const std::function<void()>& halt);

private:
  struct Task;

  void leave();
  void serve();

  system::Scheduler& scheduler_;
  const std::size_t places_;
  std::mutex mutex_;
  system::Condition wake_;     // of the threads: a task or the end
  system::Condition changed_;  // of who waits: a task ended, a place was left, or stop() gave up
  std::size_t taken_ = 0;
  bool stopping_ = false;
  bool released_ = false;
  bool ending_ = false;
  std::deque<std::shared_ptr<Task>> queue_;
  std::vector<std::shared_ptr<Task>> running_;
  std::vector<system::Thread> threads_;
};

}  // namespace vbs::engine
