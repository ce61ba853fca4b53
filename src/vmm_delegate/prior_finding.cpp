#include "vmm_delegate/prior_finding.h"

namespace vbs::vmm_delegate {

void PriorFindings::remember(const OperationId& operationId, const PriorFinding& finding) {
  const std::lock_guard lock(mutex_);
  const bool isNew = byOperation_.insert_or_assign(operationId, finding).second;
  if (!isNew) return;
  oldestFirst_.push_back(operationId);
  if (oldestFirst_.size() > remembered_) {
    byOperation_.erase(oldestFirst_.front());
    oldestFirst_.pop_front();
  }
}

std::optional<PriorFinding> PriorFindings::of(const OperationId& operationId) const {
  const std::lock_guard lock(mutex_);
  const auto known = byOperation_.find(operationId);
  return known == byOperation_.end() ? std::nullopt : std::optional(known->second);
}

}  // namespace vbs::vmm_delegate
