#pragma once

#include "common/api/vmm_delegate.h"

namespace vbs::workflows {

/// Asks a host what it has of a volume that is about to go to `place`, which names a VM and a device. Throws
/// IncorrectState when another VM of the host is seen to have the volume, or that VM under another name: two
/// would write to it. Throws besides what inventory() throws.
PriorFinding lookFor(VmmDelegate& host, const RequestId& requestId, const VmAttachment& place);

/// The same for a repair, to which it does not matter what is there already.
void requireInNoOtherVm(VmmDelegate& host, const RequestId& requestId, const VmAttachment& place);

}  // namespace vbs::workflows
