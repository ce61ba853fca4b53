#include "common/delegate/admission.h"

#include <fmt/core.h>

#include <utility>

#include "common/model/error.h"

namespace vbs::delegate {

Admission::Admission(system::Scheduler& scheduler, DelegateId self, std::chrono::milliseconds patience,
                     OperationFence::Limits limits)
    : self_(std::move(self)),
      fence_(limits, [&scheduler] { return scheduler.now(); }),
      locks_(scheduler, patience) {}

Admission::Pass Admission::enter(const OperationContext& context, std::vector<std::string> ids) {
  const std::string resource = ids.front();
  if (context.delegateId && *context.delegateId != self_) {
    throw Error(ErrorCode::IncorrectState,
                fmt::format("this is delegate {} and not {}, whom the call is for; it did nothing. Does the "
                            "delegate's address lead to another machine by now?",
                            self_.str(), context.delegateId->str()),
                resource);
  }
  // The order matters. An undo raises the fence before it waits, and every call looks at the fence once it
  // holds the lock. So no call can slip in behind an undo: neither one that waits beside the undo of its
  // operation, nor one of the operation that follows.
  if (context.undo) fence_.raise(context.operationId);
  ResourceLocks::Hold hold = locks_.acquire(context, std::move(ids));
  const auto verdict = fence_.pass(context, resource);
  if (verdict == OperationFence::Verdict::Pass) return {fence_, context.operationId, std::move(hold)};
  throw Error(ErrorCode::IncorrectState,
              fmt::format("operation {} on {} is {}; this call came too late and did nothing",
                          context.operationId.str(), resource,
                          verdict == OperationFence::Verdict::Over ? "over" : "being undone"),
              resource);
}

}  // namespace vbs::delegate
