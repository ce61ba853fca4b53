#pragma once

#include <string>

#include "common/api/context.h"

namespace vbs::delegate {

// What every log line about a call carries, so that one request can be followed through the three services.

/// "request=<id>"
std::string logContext(const RequestId& requestId);

/// "request=<id> operation=<id>"
std::string logContext(const OperationContext& context);

}  // namespace vbs::delegate
