#include "common/delegate/admission.h"

#include <fmt/core.h>

#include <utility>

#include "common/model/error.h"

namespace vbs::delegate {

Admission::Admission(system::Scheduler& scheduler, DelegateId self, std::chrono::milliseconds patience,
                     CallOrder::Limits limits)
    : self_(std::move(self)),
      order_(limits, [&scheduler] { return scheduler.now(); }),
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
  // The order matters. A call is heard before it waits, and looks for a later one once it holds the lock. So
  // none can slip in behind a later one: an undo waits for the call that it undoes, and overtakes those that
  // wait as well.
  order_.hear(context, resource);
  ResourceLocks::Hold hold = locks_.acquire(context, std::move(ids));
  const auto later = order_.laterThan(context, resource);
  if (!later) return {order_, context.operationId, resource, std::move(hold)};
  throw Error(ErrorCode::IncorrectState,
              fmt::format("call {} of operation {} on {} came too late and did nothing: call {} was heard "
                          "before it",
                          *context.callNumber, context.operationId.str(), resource, *later),
              resource);
}

}  // namespace vbs::delegate
