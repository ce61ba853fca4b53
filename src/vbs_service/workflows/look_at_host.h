#pragma once

#include "vbs_service/engine/delegates.h"
#include "vbs_service/workflows/attached_volume.h"

namespace vbs::workflows {

/// Asks a VM host what it has of a volume that is to be attached there. Where its listings do not tell, it is
/// believed to have nothing if the last survey of it, or an operation since, has left nothing there. Throws
/// IncorrectState when another VM of the host is seen to have the volume, or that VM under another name: two
/// would write to it. Throws besides what the delegate throws.
PriorFinding lookAtHost(const engine::Delegates& delegates, const RequestId& requestId,
                        const VmmHostname& host, const AttachedVolume& volume);

/// The same for a repair, to which it does not matter what is there already.
void requireInNoOtherVm(const engine::Delegates& delegates, const RequestId& requestId,
                        const VmmHostname& host, const AttachedVolume& volume);

}  // namespace vbs::workflows
