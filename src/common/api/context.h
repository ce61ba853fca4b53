#pragma once

#include <optional>

#include "common/model/ids.h"

namespace vbs {

/// Who asks, and the id under which logs and faults name the request. An identity joins it when there are
/// users.
struct RequestContext {
  RequestId requestId;
};

/// What every delegate call carries.
struct OperationContext {
  OperationId operationId;
  RequestId requestId;
  /// The call undoes a step of the operation. Once a delegate has seen an undo of an operation, it refuses
  /// the operation's other calls that arrive late (IncorrectState).
  bool undo = false;
  /// The delegate that the call is meant for. Another one refuses the call (IncorrectState), as a name or an
  /// address may lead to another machine by now. Absent: not told.
  std::optional<DelegateId> delegateId = std::nullopt;
};

}  // namespace vbs
