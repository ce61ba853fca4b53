#pragma once

#include "common/api/vmm_delegate.h"
#include "common/delegate/call.h"
#include "vmm_delegate/prior_findings.h"

/// What each call of the VMM Delegate runs: which actions, in which order, with which parameters.
/// CommandVmmDelegate makes the calls on its host, `--explain` shows them. They throw as VmmDelegate does.
namespace vbs::vmm_delegate::calls {

/// `attachment` has a VM and a device. What is learned of what was there before goes into `findings`.
VmPlace attachVolume(delegate::Call& call, const OperationId& operationId, const VmAttachment& attachment,
                     PriorFindings& findings);

VmRelease detachVolume(delegate::Call& call, const OperationId& operationId, const VmAttachment& attachment,
                       const PriorFindings& findings);

VmHostInventory inventory(delegate::Call& call);

}  // namespace vbs::vmm_delegate::calls
