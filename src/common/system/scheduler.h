#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "common/system/clock.h"

namespace vbs::system {

// The seam below all that the programs do later, or beside something else. In the programs a Scheduler is the
// operating system's (thread_scheduler.h). In a simulation it is virtual: one thread goes on at a time until
// it waits here, and time goes by when all wait. For that to be true,
// - whatever waits, or may go on while others wait, does so by a Thread, Condition or Mutex,
// - a std::mutex guards only what neither waits nor calls anybody: it is never found locked then.

/// Makes threads, and what they wait for each other with. Thread-safe.
class Scheduler : public Clock {
public:
  /// A thread that was started. One that was not joined ends the program with it, as std::thread does.
  class Started {
  public:
    virtual ~Started() = default;
    virtual void join() = 0;
  };
  /// Those who wait for a condition.
  class Waiters {
  public:
    virtual ~Waiters() = default;
    /// Gives `lock` back, waits for a notification or the deadline, and takes it again. May return without a
    /// cause.
    virtual void wait(std::unique_lock<std::mutex>& lock,
                      const std::optional<TimePoint>& deadline = std::nullopt) = 0;
    virtual void notifyOne() noexcept = 0;
    virtual void notifyAll() noexcept = 0;
  };
  class Lockable {
  public:
    virtual ~Lockable() = default;
    virtual void lock() = 0;
    virtual void unlock() noexcept = 0;
  };

  virtual std::unique_ptr<Started> start(std::function<void()> body) = 0;
  virtual std::unique_ptr<Waiters> waiters() = 0;
  virtual std::unique_ptr<Lockable> lockable() = 0;
};

/// As std::thread: to be joined before it goes.
class Thread {
public:
  Thread(Scheduler& scheduler, std::function<void()> body) : started_(scheduler.start(std::move(body))) {}

  void join() { started_->join(); }

private:
  std::unique_ptr<Scheduler::Started> started_;
};

/// As std::condition_variable, and thread-safe as that is.
class Condition {
public:
  explicit Condition(Scheduler& scheduler) : clock_(scheduler), waiters_(scheduler.waiters()) {}

  /// These two may return without a cause.
  void wait(std::unique_lock<std::mutex>& lock) { waiters_->wait(lock); }
  void waitUntil(std::unique_lock<std::mutex>& lock, Clock::TimePoint deadline) {
    waiters_->wait(lock, deadline);
  }

  template <class Predicate>
  void wait(std::unique_lock<std::mutex>& lock, Predicate predicate) {
    while (!predicate()) waiters_->wait(lock);
  }
  /// Returns what the predicate says in the end: false when the deadline has come before.
  template <class Predicate>
  bool waitUntil(std::unique_lock<std::mutex>& lock, Clock::TimePoint deadline, Predicate predicate) {
    while (!predicate()) {
      if (clock_.now() >= deadline) return false;
      waiters_->wait(lock, deadline);
    }
    return true;
  }
  template <class Predicate>
  bool waitFor(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds duration, Predicate predicate) {
    return waitUntil(lock, clock_.now() + duration, std::move(predicate));
  }

  void notifyOne() noexcept { waiters_->notifyOne(); }
  void notifyAll() noexcept { waiters_->notifyAll(); }

private:
  const Clock& clock_;
  std::unique_ptr<Scheduler::Waiters> waiters_;
};

/// As std::mutex, for what waits or calls somebody while it is locked.
class Mutex {
public:
  explicit Mutex(Scheduler& scheduler) : lockable_(scheduler.lockable()) {}

  void lock() { lockable_->lock(); }
  void unlock() noexcept { lockable_->unlock(); }

private:
  std::unique_ptr<Scheduler::Lockable> lockable_;
};

}  // namespace vbs::system
