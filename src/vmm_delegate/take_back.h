#pragma once

#include "common/api/vmm_delegate.h"
#include "common/delegate/call.h"

namespace vbs::vmm_delegate {

// Taking a volume from a VM and from the host, unless a VM is seen to have it.

/// Whether no more is known of the volume than its device in a VM: the call names no target, and this host
/// connects to volumes by their targets.
bool lacksTarget(const delegate::Call& call);

/// False where there is no host.disconnect: then nothing made the device appear either.
bool canDisconnect(const delegate::Call& call);

/// Whether the pattern file tells which volumes VMs have.
bool canListDevices(const delegate::Call& call);

/// Takes the volume from the VM. One that was given to a VM is not detached where there is no vm.detach.
void takeFromVm(delegate::Call& call, const VmAttachment& attachment);

/// Undoes host.connect, however far it came. Returns once nothing is left of the device: a path that lingers
/// would be taken for the next volume's. Throws when a VM is seen to have the volume, or may have it.
/// `wasTakenFromVm`: by this call, so that a listing which is not complete leaves no doubt.
void disconnectHost(delegate::Call& call, const VmAttachment& attachment, bool wasTakenFromVm);

/// Undoes an attach as far as it has made what is there. `mayBeInVm`: the attach has reached vm.attach.
/// Throws while that cannot be told: the volume must not go to another host while a VM here may have it.
void takeBack(delegate::Call& call, const VmAttachment& attachment, const PriorFinding& before,
              bool mayBeInVm);

}  // namespace vbs::vmm_delegate
