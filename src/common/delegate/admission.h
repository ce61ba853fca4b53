#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/api/context.h"
#include "common/delegate/operation_fence.h"
#include "common/delegate/resource_locks.h"

namespace vbs::delegate {

/// What every changing call of a delegate passes before it runs anything: one call per resource at a time,
/// none that its operation's undo or the next operation has overtaken, and none that is meant for another
/// delegate. Thread-safe.
class Admission {
public:
  /// `patience`: how long a call waits for the one before it.
  Admission(DelegateId self, std::chrono::milliseconds patience, OperationFence::Limits limits = {});

  /// Returns once the call may go on, with the resources it holds to its end. `ids`: first the one that the
  /// operation owns. An undo waits here for the call that it undoes. Throws Error: IncorrectState for a call
  /// of an operation that is being undone or that another has followed, or for another delegate, Timeout when
  /// another call holds one of `ids` for too long.
  [[nodiscard]] ResourceLocks::Hold enter(const OperationContext& context, std::vector<std::string> ids);

private:
  const DelegateId self_;
  OperationFence fence_;
  ResourceLocks locks_;
};

}  // namespace vbs::delegate
