#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "common/model/ids.h"

namespace vbs::vmm_delegate {

/// What was, or may have been, on the host of a volume before an attach: it is not the attach's to take back.
struct PriorFinding {
  bool session = false;  ///< the host was connected
  bool device = false;   ///< a VM had it
  bool operator==(const PriorFinding&) const = default;
};

/// What the attaches of late had found, by operation. The first finding of an operation counts: what a
/// repeated call finds may be the work of the call before. In memory only: after a restart an undo takes back
/// all of the attachment that it is about. Thread-safe.
class PriorFindings {
public:
  explicit PriorFindings(std::size_t remembered = 10'000) : remembered_(remembered) {}

  /// Remembers `finding` unless the operation has one already; returns the one that counts.
  PriorFinding remember(const OperationId& operationId, const PriorFinding& finding);
  std::optional<PriorFinding> of(const OperationId& operationId) const;

private:
  const std::size_t remembered_;
  mutable std::mutex mutex_;
  std::unordered_map<OperationId, PriorFinding> byOperation_;
  std::list<OperationId> oldestFirst_;
};

}  // namespace vbs::vmm_delegate
