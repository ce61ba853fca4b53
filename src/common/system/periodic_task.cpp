#include "common/system/periodic_task.h"

#include <utility>

namespace vbs::system {

PeriodicTask::PeriodicTask(std::chrono::milliseconds delay, std::chrono::milliseconds interval,
                           std::function<void()> task)
    : delay_(delay), interval_(interval), task_(std::move(task)), thread_([this] {
        std::unique_lock lock(mutex_);
        auto pause = delay_;
        while (!stopped_.wait_for(lock, pause, [this] { return stopping_; })) {
          lock.unlock();
          task_();
          lock.lock();
          pause = interval_;
        }
      }) {}

PeriodicTask::~PeriodicTask() {
  stop();
  thread_.join();
}

void PeriodicTask::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
}

}  // namespace vbs::system
