#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "common/model/ids.h"

namespace vbs::vmm_delegate {

/// Whether something was there. Unknown: the listing that tells could not be trusted.
enum class Presence { Absent, Present, Unknown };

/// What was on the host of a volume before an attach. What was present is not the attach's to take back;
/// where that is unknown the attach is not undone before no VM is seen to have the volume.
struct PriorFinding {
  Presence session = Presence::Absent;  ///< the host's connection
  Presence device = Presence::Absent;   ///< the volume in a VM
  bool operator==(const PriorFinding&) const = default;
};

/// What the attaches of late had found, by operation: the finding of an operation's first call counts, for
/// what a repeated call finds may be the work of the call before. In memory only: after a restart an undo
/// takes back all of the attachment that it is about. Thread-safe.
class PriorFindings {
public:
  explicit PriorFindings(std::size_t remembered = 10'000) : remembered_(remembered) {}

  void remember(const OperationId& operationId, const PriorFinding& finding);
  std::optional<PriorFinding> of(const OperationId& operationId) const;

private:
  const std::size_t remembered_;
  mutable std::mutex mutex_;
  std::unordered_map<OperationId, PriorFinding> byOperation_;
  std::list<OperationId> oldestFirst_;
};

}  // namespace vbs::vmm_delegate
