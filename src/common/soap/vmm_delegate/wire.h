#pragma once

// wire.h for the types of vmm-delegate.wsdl.

#include "common/api/vmm_delegate.h"
#include "common/soap/wire.h"

namespace vbs::soap {

/// attachVolume and detachVolume have the same fields; in detachVolume those of the VM are optional.
VmAttachment fromWire(const _vmm__attachVolume& request);
VmAttachment fromWire(const _vmm__detachVolume& request);
void fill(struct soap* gsoap, _vmm__attachVolume& request, const VmAttachment& attachment);
void fill(struct soap* gsoap, _vmm__detachVolume& request, const VmAttachment& attachment);

vmm__Session* toWire(struct soap* gsoap, const VmHostInventory::Session& session);
VmHostInventory::Session fromWire(const vmm__Session& session);

vmm__Device* toWire(struct soap* gsoap, const VmHostInventory::Device& device);
VmHostInventory::Device fromWire(const vmm__Device& device);

}  // namespace vbs::soap
