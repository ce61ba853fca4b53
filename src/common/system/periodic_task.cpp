#include "common/system/periodic_task.h"

#include <utility>

namespace vbs::system {

PeriodicTask::PeriodicTask(Scheduler& scheduler, std::chrono::milliseconds delay,
                           std::chrono::milliseconds interval, std::function<void()> task)
    : delay_(delay),
      interval_(interval),
      task_(std::move(task)),
      stopped_(scheduler),
      thread_(scheduler, [this] { serve(); }) {}

PeriodicTask::~PeriodicTask() {
  stop();
  thread_.join();
}

void PeriodicTask::serve() {
  std::unique_lock lock(mutex_);
  auto pause = delay_;
  while (!stopped_.waitFor(lock, pause, [this] { return stopping_; })) {
    lock.unlock();
    task_();
    lock.lock();
    pause = interval_;
  }
}

void PeriodicTask::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notifyAll();
}

}  // namespace vbs::system
