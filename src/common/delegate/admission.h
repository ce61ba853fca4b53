#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "common/api/context.h"
#include "common/delegate/call_order.h"
#include "common/delegate/resource_locks.h"

namespace vbs::delegate {

/// The checks that every changing call of a delegate passes before it runs anything. They let in one call per
/// resource at a time. They refuse a call that a later one has overtaken, and one that is meant for another
/// delegate. Thread-safe.
class Admission {
public:
  /// `patience`: how long a call waits for the one before it.
  Admission(system::Scheduler& scheduler, DelegateId self, std::chrono::milliseconds patience,
            CallOrder::Limits limits = {});

  /// A call that was let in: what it holds to its end, and what is remembered of its operation. Must not
  /// outlive the Admission. Not thread-safe.
  class Pass {
  public:
    /// True when a call of the operation has changed something before.
    bool hasChanged() const { return order_->hasChanged(operationId_, resource_); }
    /// To be called when this call has.
    void noteChange() { order_->noteChange(operationId_, resource_); }

  private:
    friend Admission;
    Pass(CallOrder& order, OperationId operationId, std::string resource, ResourceLocks::Hold hold)
        : order_(&order),
          operationId_(std::move(operationId)),
          resource_(std::move(resource)),
          hold_(std::move(hold)) {}

    CallOrder* order_;
    OperationId operationId_;
    std::string resource_;
    ResourceLocks::Hold hold_;
  };

  /// Returns once the call may go on. The call keeps the resources until the Pass goes. `ids`: first the one
  /// that the operation owns. An undo waits here for the call that it undoes. Throws Error:
  /// - IncorrectState for a call that comes after one with a higher number, or that is for another delegate,
  /// - Timeout when another call holds one of `ids` for too long.
  [[nodiscard]] Pass enter(const OperationContext& context, std::vector<std::string> ids);

private:
  const DelegateId self_;
  CallOrder order_;
  ResourceLocks locks_;
};

}  // namespace vbs::delegate
