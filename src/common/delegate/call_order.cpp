#include "common/delegate/call_order.h"

#include <algorithm>
#include <utility>

namespace vbs::delegate {

CallOrder::CallOrder(Limits limits, std::function<Clock::time_point()> now)
    : limits_(limits), now_(std::move(now)) {}

void CallOrder::hear(const OperationContext& context, const std::string& resource) {
  const std::lock_guard lock(mutex_);
  if (laterThan(context.callNumber, resource)) return;
  Entry& entry = entryOf(resource);
  entry.highest = std::max(entry.highest, context.callNumber.value_or(0));
}

std::optional<std::int64_t> CallOrder::laterThan(const OperationContext& context,
                                                 const std::string& resource) {
  const std::lock_guard lock(mutex_);
  return laterThan(context.callNumber, resource);
}

std::optional<std::int64_t> CallOrder::laterThan(std::optional<std::int64_t> number,
                                                 const std::string& resource) {
  forgetOld();
  const auto known = byResource_.find(resource);
  if (known == byResource_.end() || !number || *number >= known->second->highest) return std::nullopt;
  return known->second->highest;
}

void CallOrder::noteChange(const OperationId& operationId, const std::string& resource) {
  const std::lock_guard lock(mutex_);
  entryOf(resource).changedBy = operationId;
}

bool CallOrder::hasChanged(const OperationId& operationId, const std::string& resource) {
  const std::lock_guard lock(mutex_);
  return entryOf(resource).changedBy == operationId;
}

CallOrder::Entry& CallOrder::entryOf(const std::string& resource) {
  forgetOld();
  const auto [known, isNew] = byResource_.try_emplace(resource);
  if (isNew) {
    known->second = oldestFirst_.insert(oldestFirst_.end(), Entry{resource});
  } else {
    oldestFirst_.splice(oldestFirst_.end(), oldestFirst_, known->second);
  }
  Entry& entry = *known->second;
  entry.heardOf = now_();
  return entry;
}

void CallOrder::forgetOld() {
  const auto horizon = now_() - limits_.age;
  while (!oldestFirst_.empty() &&
         (oldestFirst_.size() > limits_.resources || oldestFirst_.front().heardOf < horizon)) {
    byResource_.erase(oldestFirst_.front().resource);
    oldestFirst_.pop_front();
  }
}

}  // namespace vbs::delegate
