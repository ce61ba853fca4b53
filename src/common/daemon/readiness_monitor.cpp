#include "common/daemon/readiness_monitor.h"

#include <exception>
#include <iterator>
#include <string>
#include <utility>

namespace vbs::daemon {

ReadinessMonitor::ReadinessMonitor(std::vector<ReadinessSource> sources, std::chrono::milliseconds interval,
                                   std::function<Clock::time_point()> now)
    : sources_(std::move(sources)), interval_(interval), now_(std::move(now)) {
  look();
  thread_ = std::thread([this] { serve(); });
}

ReadinessMonitor::~ReadinessMonitor() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

std::vector<Complaint> ReadinessMonitor::current() const {
  constexpr int kPatience = 10;  // intervals
  const std::lock_guard lock(mutex_);
  std::vector<Complaint> complaints = seen_;
  const auto age = now_() - seenAt_;
  if (age > kPatience * interval_) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
    complaints.push_back(
        {"readiness",
         "could not be looked at for " + std::to_string(seconds) + " s: something hangs, such as a disk",
         true});
  }
  return complaints;
}

void ReadinessMonitor::serve() {
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, interval_, [this] { return ending_; })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

void ReadinessMonitor::look() {
  std::vector<Complaint> complaints;
  for (const auto& source : sources_) {
    try {
      auto found = source();
      complaints.insert(complaints.end(), std::make_move_iterator(found.begin()),
                        std::make_move_iterator(found.end()));
    } catch (const std::exception& error) {
      complaints.push_back({"readiness", error.what(), true});
    }
  }
  const std::lock_guard lock(mutex_);
  seen_ = std::move(complaints);
  seenAt_ = now_();
}

}  // namespace vbs::daemon
