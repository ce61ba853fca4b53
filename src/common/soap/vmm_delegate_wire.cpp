#include "common/soap/vmm_delegate_wire.h"

#include <soapH.h>

namespace vbs::soap {
namespace {

template <class Request>
VmAttachment attachmentIn(const Request& request) {
  return {
      .volumeId = VolumeId(request.volumeId),
      .targetName = nameFromWire<TargetName>(request.targetName),
      .portal = nameFromWire<Portal>(request.portal),
      .lun = request.lun != nullptr ? std::optional<Lun>(*request.lun) : std::nullopt,
      .vmId = VmId(request.vmId),
      .vmDevice = parseVmDevice(request.vmDevice),
  };
}

template <class Request>
void fillRequest(struct soap* context, Request& request, const VmAttachment& attachment) {
  request.volumeId = attachment.volumeId.str();
  request.targetName = toWire(context, attachment.targetName);
  request.portal = toWire(context, attachment.portal);
  if (attachment.lun) request.lun = toWire(context, std::optional(attachment.lun->number()));
  request.vmId = attachment.vmId.str();
  request.vmDevice = attachment.vmDevice.str();
}

}  // namespace

VmAttachment fromWire(const _vmm__attachVolume& request) {
  return attachmentIn(request);
}

VmAttachment fromWire(const _vmm__detachVolume& request) {
  return attachmentIn(request);
}

void fill(struct soap* context, _vmm__attachVolume& request, const VmAttachment& attachment) {
  fillRequest(context, request, attachment);
}

void fill(struct soap* context, _vmm__detachVolume& request, const VmAttachment& attachment) {
  fillRequest(context, request, attachment);
}

vmm__Session* toWire(struct soap* context, const VmHostInventory::Session& session) {
  vmm__Session* const wire = soap_new_vmm__Session(context);
  wire->targetName = toWire(context, session.targetName);
  wire->volumeId = toWire(context, session.volumeId);
  return wire;
}

VmHostInventory::Session fromWire(const vmm__Session& session) {
  return {
      .targetName = nameFromWire<TargetName>(session.targetName),
      .volumeId = nameFromWire<VolumeId>(session.volumeId),
  };
}

vmm__Device* toWire(struct soap* context, const VmHostInventory::Device& device) {
  vmm__Device* const wire = soap_new_vmm__Device(context);
  wire->volumeId = toWire(context, device.volumeId);
  wire->vmId = toWire(context, device.vmId);
  wire->vmDevice = toWire(context, device.vmDevice);
  wire->hostDevice = toWire(context, device.hostDevice);
  return wire;
}

VmHostInventory::Device fromWire(const vmm__Device& device) {
  return {
      .volumeId = nameFromWire<VolumeId>(device.volumeId),
      .vmId = nameFromWire<VmId>(device.vmId),
      .vmDevice = nameFromWire<VmDevice>(device.vmDevice),
      .hostDevice = fromWire(device.hostDevice),
  };
}

}  // namespace vbs::soap
