#include "common/delegate/admission.h"

#include <fmt/core.h>

#include <utility>

#include "common/model/error.h"

namespace vbs::delegate {

Admission::Admission(std::chrono::milliseconds patience, OperationFence::Limits limits)
    : fence_(limits), locks_(patience) {}

ResourceLocks::Hold Admission::enter(const OperationContext& context, std::vector<std::string> ids) {
  const std::string resource = ids.front();
  // The order matters. An undo raises the fence before it waits, and all look at it once they hold the lock:
  // a call that waits beside the undo of its operation, or the operation that follows, cannot slip in behind
  // it.
  if (context.undo) fence_.raise(context.operationId);
  ResourceLocks::Hold hold = locks_.acquire(context, std::move(ids));
  const auto verdict = fence_.pass(context, resource);
  if (verdict == OperationFence::Verdict::Pass) return hold;
  throw Error(ErrorCode::IncorrectState,
              fmt::format("operation {} on {} is {}; this call came too late and did nothing",
                          context.operationId.str(), resource,
                          verdict == OperationFence::Verdict::Over ? "over" : "being undone"),
              resource);
}

}  // namespace vbs::delegate
