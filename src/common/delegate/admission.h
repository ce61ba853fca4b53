#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/api/context.h"
#include "common/delegate/resource_locks.h"
#include "common/delegate/undo_fence.h"

namespace vbs::delegate {

/// What every changing call of a delegate passes before it runs anything: one call per resource at a time,
/// and none that its operation's undo has overtaken. Thread-safe.
class Admission {
public:
  /// `patience`: how long a call waits for the one before it.
  explicit Admission(std::chrono::milliseconds patience, UndoFence::Limits limits = {});

  /// Returns once the call may go on, with the resources it holds to its end. An undo waits here for the call
  /// that it undoes. Throws Error: IncorrectState for a call of an operation that is being undone, Timeout
  /// when another call holds one of `ids` for too long.
  [[nodiscard]] ResourceLocks::Hold enter(const OperationContext& context, std::vector<std::string> ids);

private:
  UndoFence fence_;
  ResourceLocks locks_;
};

}  // namespace vbs::delegate
