#pragma once

#include <string>

#include "common/api/context.h"

namespace vbs {

/// What a call of that operation carries, and a call that undoes it.
inline OperationContext doing(const std::string& operation) {
  return {OperationId(operation), RequestId("request-1")};
}
inline OperationContext undoing(const std::string& operation) {
  return {OperationId(operation), RequestId("request-1"), true};
}

}  // namespace vbs
