#pragma once

#include "common/api/context.h"
#include "common/model/error.h"
#include "vbs_service/engine/context.h"

namespace vbs::workflows {

/// Makes `call` as the undo of the operation that this one has replaced, if there is one, so that a delegate
/// which hears of that one late refuses it. That it is heard is what counts: the operation's own call, which
/// is to follow, does the work. Throws what keeps it from being heard.
template <class Call>
void undoReplaced(const engine::Context& context, OperationContext operation, Call call) {
  if (!context.replacedOperation) return;
  operation.operationId = *context.replacedOperation;
  operation.undo = true;
  try {
    call(operation);
  } catch (const Error& error) {
    // IncorrectState says that the operation is over.
    if (error.code() != ErrorCode::CommandFailed && error.code() != ErrorCode::IncorrectState) throw;
  }
}

}  // namespace vbs::workflows
