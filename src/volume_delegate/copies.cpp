#include "volume_delegate/copies.h"

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "common/delegate/log_context.h"
#include "common/fault/fault_point.h"
#include "common/model/error.h"
#include "common/system/duration.h"

namespace vbs::volume_delegate {

/// `context`, the ids, `work` and `stop` are set once; the rest belongs to the mutex.
struct Copies::Copy {
  OperationContext context;
  VolumeId volumeId;
  SnapshotId snapshotId;
  Work work;
  std::stop_source stop = std::stop_source();

  CopyState state = CopyState::Pending;
  bool isRunning = false;
  std::optional<int> percent = 0;
  std::optional<std::string> reason = std::nullopt;

  CopyStatus status() const { return {volumeId, state, percent, reason}; }
};

Copies::Copies(system::Scheduler& scheduler, Limits limits, VolumeStatusListener* listener)
    : limits_(limits), listener_(listener), queued_(scheduler), ended_(scheduler) {
  const int count = std::max(1, limits_.atOnce);
  threads_.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) threads_.emplace_back(scheduler, [this] { serve(); });
}

Copies::~Copies() {
  stop();
}

void Copies::start(const OperationContext& context, const VolumeId& volumeId, const SnapshotId& snapshotId,
                   Work work) {
  const auto copy = std::make_shared<Copy>(Copy{context, volumeId, snapshotId, std::move(work)});
  {
    const std::lock_guard lock(mutex_);
    copies_.insert_or_assign(volumeId, copy);
    queue_.push_back(copy);
  }
  queued_.notifyOne();
}

void Copies::end(const VolumeId& volumeId, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const auto known = copies_.find(volumeId);
  if (known == copies_.end()) return;
  const std::shared_ptr<Copy> copy = known->second;
  std::erase(queue_, copy);

  // What the command's runner does when it is asked to stop is its own affair: not under the mutex.
  lock.unlock();
  copy->stop.request_stop();
  lock.lock();
  if (!ended_.waitFor(lock, patience, [&] { return !copy->isRunning; })) {
    throw Error(ErrorCode::Timeout,
                fmt::format("the copy of {} into {} (operation {}) was told to end and still runs after {}",
                            copy->snapshotId.str(), volumeId.str(), copy->context.operationId.str(),
                            system::toString(patience)),
                volumeId.str());
  }
  copies_.erase(volumeId);
}

std::optional<Copies::Known> Copies::find(const VolumeId& volumeId) const {
  const std::lock_guard lock(mutex_);
  const auto known = copies_.find(volumeId);
  if (known == copies_.end()) return std::nullopt;
  return Known{known->second->snapshotId, known->second->status()};
}

std::vector<CopyStatus> Copies::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<CopyStatus> statuses;
  statuses.reserve(copies_.size());
  for (const auto& [volumeId, copy] : copies_) statuses.push_back(copy->status());
  return statuses;
}

std::optional<VolumeId> Copies::readerOf(const SnapshotId& snapshotId) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [volumeId, copy] : copies_) {
    if (copy->snapshotId == snapshotId && copy->state == CopyState::Pending) return volumeId;
  }
  return std::nullopt;
}

void Copies::requestStop() {
  std::vector<std::shared_ptr<Copy>> running;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
    for (const auto& [volumeId, copy] : copies_) {
      if (copy->isRunning) running.push_back(copy);
    }
  }
  queued_.notifyAll();
  for (const auto& copy : running) copy->stop.request_stop();
}

void Copies::stop() {
  requestStop();
  std::vector<system::Thread> threads;
  {
    const std::lock_guard lock(mutex_);
    threads.swap(threads_);
  }
  for (system::Thread& thread : threads) thread.join();
}

void Copies::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    queued_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const std::shared_ptr<Copy> copy = std::move(queue_.front());
    queue_.pop_front();
    copy->isRunning = true;
    lock.unlock();
    run(copy);
    lock.lock();
  }
}

void Copies::run(const std::shared_ptr<Copy>& copy) {
  const auto onProgress = [&](int percent) {
    const std::lock_guard lock(mutex_);
    copy->percent = std::clamp(percent, 0, 100);
  };
  spdlog::info("the copy of {} into {} begins {}", copy->snapshotId.str(), copy->volumeId.str(),
               delegate::logContext(copy->context));
  try {
    copy->work(copy->stop.get_token(), onProgress);
    finish(copy, CopyState::Done, std::nullopt);
  } catch (const std::exception& error) {
    finish(copy, CopyState::Failed, error.what());
  }
}

void Copies::finish(const std::shared_ptr<Copy>& copy, CopyState state, std::optional<std::string> reason) {
  // A copy that was ended has nobody to tell: its volume is being deleted, or the delegate stops.
  const bool wasEnded = state == CopyState::Failed && copy->stop.stop_requested();
  spdlog::log(state == CopyState::Done || wasEnded ? spdlog::level::info : spdlog::level::warn,
              "the copy of {} into {} {} {}", copy->snapshotId.str(), copy->volumeId.str(),
              wasEnded  ? "was ended"
              : !reason ? "is done"
                        : "failed: " + *reason,
              delegate::logContext(copy->context));
  {
    const std::lock_guard lock(mutex_);
    copy->isRunning = false;
    copy->work = nullptr;
    if (!(wasEnded && stopping_)) {
      copy->state = state;
      copy->percent = state == CopyState::Done ? std::optional(100) : copy->percent;
      copy->reason = reason;
      finished_.push_back(copy);
    }
    while (finished_.size() > limits_.finishedKept) {
      const std::shared_ptr<Copy> oldest = finished_.front().lock();
      finished_.pop_front();
      // It may have been forgotten, and its volume's copy started over, since it finished.
      const auto known = oldest ? copies_.find(oldest->volumeId) : copies_.end();
      if (known != copies_.end() && known->second == oldest) copies_.erase(known);
    }
  }
  ended_.notifyAll();
  if (!wasEnded) tell(*copy, state, reason);
}

void Copies::tell(const Copy& copy, CopyState state, const std::optional<std::string>& reason) const {
  if (listener_ == nullptr) return;
  try {
    fault::reach(fault::Seam::Call, {"volumeStatusChanged/call.before"});
    listener_->volumeStatusChanged(copy.context.requestId, copy.volumeId,
                                   state == CopyState::Done ? VolumeStatus::Available : VolumeStatus::Error,
                                   reason);
    fault::reach(fault::Seam::Call, {"volumeStatusChanged/call.after"});
  } catch (const std::exception& error) {
    spdlog::warn("the end of the copy into {} could not be told, it will be asked for: {} {}",
                 copy.volumeId.str(), error.what(), delegate::logContext(copy.context));
  }
}

}  // namespace vbs::volume_delegate
