#include "common/delegate/operation_fence.h"

#include <iterator>
#include <utility>

namespace vbs::delegate {

OperationFence::OperationFence(Limits limits, std::function<Clock::time_point()> now)
    : limits_(limits), now_(std::move(now)) {}

void OperationFence::raise(const OperationId& operationId) {
  const std::lock_guard lock(mutex_);
  entryOf(operationId).isUndone = true;
}

OperationFence::Verdict OperationFence::pass(const OperationContext& context, const std::string& resource) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entryOf(context.operationId);
  if (entry.isOver) return Verdict::Over;
  if (entry.isUndone && !context.undo) return Verdict::Undone;
  if (entry.resource.empty()) {
    entry.resource = resource;
    const auto [present, isFirst] = present_.try_emplace(resource, context.operationId);
    if (!isFirst) {
      byId_.at(present->second)->isOver = true;
      present->second = context.operationId;
    }
  }
  return Verdict::Pass;
}

void OperationFence::noteChange(const OperationId& operationId) {
  const std::lock_guard lock(mutex_);
  entryOf(operationId).hasChanged = true;
}

bool OperationFence::hasChanged(const OperationId& operationId) {
  const std::lock_guard lock(mutex_);
  return entryOf(operationId).hasChanged;
}

OperationFence::Entry& OperationFence::entryOf(const OperationId& operationId) {
  forgetOld();
  const auto [known, isNew] = byId_.try_emplace(operationId);
  if (isNew) {
    known->second = oldestFirst_.insert(oldestFirst_.end(), Entry{operationId});
  } else {
    oldestFirst_.splice(oldestFirst_.end(), oldestFirst_, known->second);
  }
  Entry& entry = *known->second;
  entry.heardOf = now_();
  return entry;
}

void OperationFence::forgetOld() {
  const auto horizon = now_() - limits_.age;
  while (!oldestFirst_.empty() &&
         (oldestFirst_.size() > limits_.operations || oldestFirst_.front().heardOf < horizon)) {
    const Entry& oldest = oldestFirst_.front();
    const auto present = present_.find(oldest.resource);
    if (present != present_.end() && present->second == oldest.operationId) present_.erase(present);
    byId_.erase(oldest.operationId);
    oldestFirst_.pop_front();
  }
}

}  // namespace vbs::delegate
