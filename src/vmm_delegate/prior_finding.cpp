#include "vmm_delegate/prior_finding.h"

namespace vbs::vmm_delegate {

PriorFinding PriorFindings::remember(const OperationId& operationId, const PriorFinding& finding) {
  const std::lock_guard lock(mutex_);
  const auto [known, isNew] = byOperation_.try_emplace(operationId, finding);
  const PriorFinding counts = known->second;
  if (!isNew) return counts;
  oldestFirst_.push_back(operationId);
  if (oldestFirst_.size() > remembered_) {
    byOperation_.erase(oldestFirst_.front());
    oldestFirst_.pop_front();
  }
  return counts;
}

std::optional<PriorFinding> PriorFindings::of(const OperationId& operationId) const {
  const std::lock_guard lock(mutex_);
  const auto known = byOperation_.find(operationId);
  return known == byOperation_.end() ? std::nullopt : std::optional(known->second);
}

}  // namespace vbs::vmm_delegate
