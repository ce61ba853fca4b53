#pragma once

#include <cstdint>
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
  /// The call undoes a step of the operation.
  bool undo = false;
  /// The delegate that the call is meant for. Another one refuses the call (IncorrectState), as a name or an
  /// address may lead to another machine by now. Absent: not told.
  std::optional<DelegateId> delegateId = std::nullopt;
  /// From 1 on; each step that is done or undone has a higher one than all before it. A delegate refuses a
  /// call when it has heard one with a higher number of the same resource (IncorrectState): it comes late,
  /// after the caller has gone on without its answer. Absent: never late.
  std::optional<std::int64_t> callNumber = std::nullopt;
};

}  // namespace vbs
