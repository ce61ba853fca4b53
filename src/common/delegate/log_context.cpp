#include "common/delegate/log_context.h"

namespace vbs::delegate {

std::string logContext(const RequestId& requestId) {
  return "request=" + requestId.str();
}

std::string logContext(const OperationContext& context) {
  return logContext(context.requestId) + " operation=" + context.operationId.str();
}

}  // namespace vbs::delegate
