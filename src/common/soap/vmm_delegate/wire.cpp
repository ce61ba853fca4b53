#include "common/soap/vmm_delegate/wire.h"

#include <soapH.h>

namespace vbs::soap {
namespace {

std::optional<Lun> lunFromWire(const int* number) {
  return number != nullptr ? std::optional<Lun>(*number) : std::nullopt;
}

int* lunToWire(struct soap* gsoap, const std::optional<Lun>& lun) {
  return lun ? toWire(gsoap, std::optional(lun->number())) : nullptr;
}

std::string* presenceToWire(struct soap* gsoap, Presence presence) {
  return toWire(gsoap, std::optional<std::string>(toString(presence)));
}

/// A word that this program does not know counts as unknown. So does one of the two without the other.
Presence presenceFromWire(const std::string* word) {
  return word != nullptr ? parsePresence(*word).value_or(Presence::Unknown) : Presence::Unknown;
}

template <class Request>
std::optional<PriorFinding> beforeIn(const Request& request) {
  if (request.sessionBefore == nullptr && request.deviceBefore == nullptr) return std::nullopt;
  return PriorFinding{presenceFromWire(request.sessionBefore), presenceFromWire(request.deviceBefore)};
}

/// All but the place in the VM.
template <class Request>
VmAttachment attachmentIn(const Request& request) {
  return {
      .volumeId = VolumeId(request.volumeId),
      .targetName = nameFromWire<TargetName>(request.targetName),
      .portal = nameFromWire<Portal>(request.portal),
      .lun = lunFromWire(request.lun),
      .vmId = std::nullopt,
      .vmDevice = std::nullopt,
      .before = beforeIn(request),
  };
}

template <class Request>
void fillRequest(struct soap* gsoap, Request& request, const VmAttachment& attachment) {
  request.volumeId = attachment.volumeId.str();
  request.targetName = toWire(gsoap, attachment.targetName);
  request.portal = toWire(gsoap, attachment.portal);
  request.lun = lunToWire(gsoap, attachment.lun);
  if (!attachment.before) return;
  request.sessionBefore = presenceToWire(gsoap, attachment.before->session);
  request.deviceBefore = presenceToWire(gsoap, attachment.before->device);
}

}  // namespace

VmAttachment fromWire(const _vmm__attachVolume& request) {
  VmAttachment attachment = attachmentIn(request);
  attachment.vmId = VmId(request.vmId);
  attachment.vmDevice = parseVmDevice(request.vmDevice);
  if (request.sizeGiB != nullptr) attachment.size.emplace(*request.sizeGiB);
  return attachment;
}

VmAttachment fromWire(const _vmm__detachVolume& request) {
  VmAttachment attachment = attachmentIn(request);
  attachment.vmId = nameFromWire<VmId>(request.vmId);
  if (request.vmDevice != nullptr) attachment.vmDevice = parseVmDevice(*request.vmDevice);
  if (request.isInVm != nullptr) attachment.isInVm = *request.isInVm;
  return attachment;
}

void fill(struct soap* gsoap, _vmm__attachVolume& request, const VmAttachment& attachment) {
  fillRequest(gsoap, request, attachment);
  // What is absent goes out empty, which the other end refuses.
  if (attachment.vmId) request.vmId = attachment.vmId->str();
  if (attachment.vmDevice) request.vmDevice = attachment.vmDevice->str();
  if (attachment.size) request.sizeGiB = toWire(gsoap, std::optional(attachment.size->count()));
}

void fill(struct soap* gsoap, _vmm__detachVolume& request, const VmAttachment& attachment) {
  fillRequest(gsoap, request, attachment);
  request.vmId = toWire(gsoap, attachment.vmId);
  request.vmDevice = toWire(gsoap, attachment.vmDevice);
  if (attachment.isInVm) request.isInVm = soap_new_bool(gsoap);
  if (attachment.isInVm) *request.isInVm = *attachment.isInVm;
}

vmm__Session* toWire(struct soap* gsoap, const VmHostInventory::Session& session) {
  vmm__Session* const wire = soap_new_vmm__Session(gsoap);
  wire->targetName = toWire(gsoap, session.targetName);
  wire->volumeId = toWire(gsoap, session.volumeId);
  wire->portal = toWire(gsoap, session.portal);
  wire->lun = lunToWire(gsoap, session.lun);
  wire->defect = toWire(gsoap, session.defect);
  return wire;
}

VmHostInventory::Session fromWire(const vmm__Session& session) {
  return {
      .targetName = nameFromWire<TargetName>(session.targetName),
      .volumeId = nameFromWire<VolumeId>(session.volumeId),
      .portal = nameFromWire<Portal>(session.portal),
      .lun = lunFromWire(session.lun),
      .defect = fromWire(session.defect),
  };
}

vmm__Device* toWire(struct soap* gsoap, const VmHostInventory::Device& device) {
  vmm__Device* const wire = soap_new_vmm__Device(gsoap);
  wire->volumeId = toWire(gsoap, device.volumeId);
  wire->vmId = toWire(gsoap, device.vmId);
  wire->vmDevice = toWire(gsoap, device.vmDevice);
  wire->hostDevice = toWire(gsoap, device.hostDevice);
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
