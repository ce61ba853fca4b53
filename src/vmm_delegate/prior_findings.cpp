#include "vmm_delegate/prior_findings.h"

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

PriorFinding PriorFindings::refined(const OperationId& operationId, PriorFinding found) const {
  const std::lock_guard lock(mutex_);
  const auto known = byOperation_.find(operationId);
  if (known == byOperation_.end()) return found;
  if (found.session == Presence::Unknown) found.session = known->second.session;
  if (found.device == Presence::Unknown) found.device = known->second.device;
  return found;
}

}  // namespace vbs::vmm_delegate
