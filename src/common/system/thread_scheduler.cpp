#include "common/system/thread_scheduler.h"

#include <condition_variable>
#include <thread>

namespace vbs::system {
namespace {

class StartedThread final : public Scheduler::Started {
public:
  explicit StartedThread(std::function<void()> body) : thread_(std::move(body)) {}
  void join() override { thread_.join(); }

private:
  std::thread thread_;
};

class ConditionVariable final : public Scheduler::Waiters {
public:
  void wait(std::unique_lock<std::mutex>& lock, const std::optional<Clock::TimePoint>& deadline) override {
    if (deadline) {
      condition_.wait_until(lock, *deadline);
    } else {
      condition_.wait(lock);
    }
  }
  void notifyOne() noexcept override { condition_.notify_one(); }
  void notifyAll() noexcept override { condition_.notify_all(); }

private:
  std::condition_variable condition_;
};

class OrdinaryMutex final : public Scheduler::Lockable {
public:
  void lock() override { mutex_.lock(); }
  void unlock() noexcept override { mutex_.unlock(); }

private:
  std::mutex mutex_;
};

class ThreadScheduler final : public Scheduler {
public:
  TimePoint now() const override { return std::chrono::steady_clock::now(); }
  std::chrono::sys_seconds timeOfDay() const override {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  }
  std::unique_ptr<Started> start(std::function<void()> body) override {
    return std::make_unique<StartedThread>(std::move(body));
  }
  std::unique_ptr<Waiters> waiters() override { return std::make_unique<ConditionVariable>(); }
  std::unique_ptr<Lockable> lockable() override { return std::make_unique<OrdinaryMutex>(); }
};

}  // namespace

Scheduler& threadScheduler() {
  static ThreadScheduler scheduler;
  return scheduler;
}

}  // namespace vbs::system
