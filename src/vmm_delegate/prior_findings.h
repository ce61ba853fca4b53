#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <unordered_map>

#include "common/model/ids.h"
#include "common/model/prior_finding.h"

namespace vbs::vmm_delegate {

/// What the commands of recent attaches have told of what was there before them, by operation. It answers
/// what the service's finding leaves open. It is kept in memory only, and losing it does no harm: what is not
/// known is in doubt, and what is in doubt is not taken from a VM. Thread-safe.
class PriorFindings {
public:
  explicit PriorFindings(std::size_t remembered = 10'000) : remembered_(remembered) {}

  void remember(const OperationId& operationId, const PriorFinding& finding);
  /// `found` by the service, with what was remembered of the operation in place of what is unknown.
  PriorFinding refined(const OperationId& operationId, PriorFinding found) const;

private:
  const std::size_t remembered_;
  mutable std::mutex mutex_;
  std::unordered_map<OperationId, PriorFinding> byOperation_;
  std::list<OperationId> oldestFirst_;
};

}  // namespace vbs::vmm_delegate
