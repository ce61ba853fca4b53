#include "common/soap/vmm_delegate_client.h"

#include "common/soap/remote.h"
#include "common/soap/vmm_delegate_wire.h"

namespace vbs::soap {
namespace {

VmHostInventory inventoryIn(const _vmm__inventoryResponse& in) {
  VmHostInventory inventory;
  if (in.sessions != nullptr) {
    auto& sessions = inventory.sessions.emplace();
    for (const vmm__Session* session : in.sessions->session) sessions.push_back(fromWire(*session));
  }
  if (in.devices != nullptr) {
    auto& devices = inventory.devices.emplace();
    for (const vmm__Device* device : in.devices->device) devices.push_back(fromWire(*device));
  }
  return inventory;
}

}  // namespace

VmmDelegateClient::VmmDelegateClient(std::unique_ptr<Channel> channel)
    : remote_(std::make_unique<Remote>(std::move(channel), "vmm", "urn:vbs:vmm-delegate:1")) {}

VmmDelegateClient::~VmmDelegateClient() = default;

std::string VmmDelegateClient::attachVolume(const OperationContext& operation,
                                            const VmAttachment& attachment) {
  return remote_->call<_vmm__attachVolume, _vmm__attachVolumeResponse>(
      "attachVolume",
      [&](struct soap* context, auto& out) {
        out.context = toWire(context, operation);
        fill(context, out, attachment);
      },
      [](const auto& in) { return in.hostDevice; });
}

void VmmDelegateClient::detachVolume(const OperationContext& operation, const VmAttachment& attachment) {
  remote_->call<_vmm__detachVolume, _vmm__detachVolumeResponse>(
      "detachVolume",
      [&](struct soap* context, auto& out) {
        out.context = toWire(context, operation);
        fill(context, out, attachment);
      },
      [](const auto&) {});
}

VmHostInventory VmmDelegateClient::inventory(const RequestId& requestId) {
  return remote_->call<_vmm__inventory, _vmm__inventoryResponse>(
      "inventory", [&](struct soap*, auto& out) { out.requestId = requestId.str(); },
      [](const auto& in) { return inventoryIn(in); });
}

}  // namespace vbs::soap
