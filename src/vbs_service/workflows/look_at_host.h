#pragma once

#include "vbs_service/workflows/context.h"
#include "vbs_service/workflows/delegates.h"

namespace vbs::workflows {

/// Asks the VM host of `attach` what it has of the volume. Where its listings do not tell, it is believed to
/// have nothing if the last survey of it, or an operation since, has left nothing there. Throws
/// IncorrectState when another VM of the host is seen to have the volume, or that VM under another name: two
/// would write to it. Throws besides what the delegate throws.
PriorFinding lookAtHost(const Delegates& delegates, const RequestId& requestId, const Context& attach);

/// The same for a repair, to which it does not matter what is there already.
void requireInNoOtherVm(const Delegates& delegates, const RequestId& requestId, const Context& repaired);

}  // namespace vbs::workflows
