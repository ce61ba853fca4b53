#include "common/delegate/undo_fence.h"

#include <utility>

namespace vbs::delegate {

UndoFence::UndoFence(Limits limits, std::function<Clock::time_point()> now)
    : limits_(limits), now_(std::move(now)) {}

void UndoFence::remember(const OperationId& operationId) {
  const std::lock_guard lock(mutex_);
  if (const auto known = byId_.find(operationId); known != byId_.end()) {
    oldestFirst_.splice(oldestFirst_.end(), oldestFirst_, known->second);
    known->second->seen = now_();
  } else {
    oldestFirst_.push_back({operationId, now_()});
    byId_.emplace(operationId, std::prev(oldestFirst_.end()));
  }
  forgetOld();
}

bool UndoFence::isUndone(const OperationId& operationId) {
  const std::lock_guard lock(mutex_);
  forgetOld();
  return byId_.contains(operationId);
}

void UndoFence::forgetOld() {
  const auto horizon = now_() - limits_.age;
  while (!oldestFirst_.empty() &&
         (oldestFirst_.size() > limits_.operations || oldestFirst_.front().seen < horizon)) {
    byId_.erase(oldestFirst_.front().operationId);
    oldestFirst_.pop_front();
  }
}

}  // namespace vbs::delegate
