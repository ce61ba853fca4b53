#include "common/delegate/admission.h"

#include <fmt/core.h>

#include <utility>

#include "common/model/error.h"

namespace vbs::delegate {

Admission::Admission(std::chrono::milliseconds patience, UndoFence::Limits limits)
    : fence_(limits), locks_(patience) {}

ResourceLocks::Hold Admission::enter(const OperationContext& context, std::vector<std::string> ids) {
  const std::string resource = ids.front();
  // The order matters. An undo raises the fence before it waits, and the others look at it once they hold the
  // lock: a call that waits beside the undo of its operation cannot slip in behind it.
  if (context.undo) fence_.remember(context.operationId);
  ResourceLocks::Hold hold = locks_.acquire(context, std::move(ids));
  if (!context.undo && fence_.isUndone(context.operationId)) {
    throw Error(ErrorCode::IncorrectState,
                fmt::format("operation {} on {} is being undone; this call came too late and did nothing",
                            context.operationId.str(), resource),
                resource);
  }
  return hold;
}

}  // namespace vbs::delegate
