#pragma once

#include "vbs_service/engine/context.h"
#include "vbs_service/engine/delegates.h"

namespace vbs::workflows {

/// Asks the VM host of `attach` what it has of the volume. Where its listings do not tell, it is believed to
/// have nothing if the last survey of it, or an operation since, has left nothing there. Throws
/// IncorrectState when another VM of the host is seen to have the volume, or that VM under another name: two
/// would write to it. Throws besides what the delegate throws.
PriorFinding lookAtHost(const engine::Delegates& delegates, const RequestId& requestId,
                        const engine::Context& attach);

/// The same for a repair, to which it does not matter what is there already.
void requireInNoOtherVm(const engine::Delegates& delegates, const RequestId& requestId,
                        const engine::Context& repaired);

}  // namespace vbs::workflows
