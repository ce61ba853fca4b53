#pragma once

#include <cstdint>
#include <string>

#include "common/api/context.h"

namespace vbs {

/// What a call of that operation carries, and a call that undoes it. Without a number it is never late.
inline OperationContext doing(const std::string& operation,
                              const std::optional<std::int64_t>& callNumber = std::nullopt) {
  return {.operationId = OperationId(operation),
          .requestId = RequestId("request-1"),
          .undo = false,
          .delegateId = std::nullopt,
          .callNumber = callNumber};
}
inline OperationContext undoing(const std::string& operation,
                                const std::optional<std::int64_t>& callNumber = std::nullopt) {
  OperationContext context = doing(operation, callNumber);
  context.undo = true;
  return context;
}

}  // namespace vbs
