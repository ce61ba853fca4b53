#include "common/soap/vmm_delegate/client.h"

#include "common/soap/remote.h"
#include "common/soap/vmm_delegate/wire.h"

namespace vbs::soap {
namespace {

constexpr auto itemFromWire = [](const auto& item) { return fromWire(item); };

VmHostInventory inventoryIn(const _vmm__inventoryResponse& in) {
  VmHostInventory inventory;
  if (in.sessions != nullptr) {
    inventory.sessions =
        listingFromWire<VmHostInventory::Session>(*in.sessions, in.sessions->session, itemFromWire);
  }
  if (in.devices != nullptr) {
    inventory.devices =
        listingFromWire<VmHostInventory::Device>(*in.devices, in.devices->device, itemFromWire);
  }
  return inventory;
}

}  // namespace

VmmDelegateClient::VmmDelegateClient(std::unique_ptr<http::Channel> channel)
    : remote_(std::make_unique<Remote>(std::move(channel), "vmm", "urn:vbs:vmm-delegate:1")) {}

VmmDelegateClient::~VmmDelegateClient() = default;

VmmDelegateDescription VmmDelegateClient::describeDelegate(const RequestId& requestId,
                                                           const Commander& service) {
  return remote_->call<_vmm__describeDelegate, _vmm__describeDelegateResponse>(
      "describeDelegate",
      [&](struct soap* gsoap, auto& out) {
        out.requestId = requestId.str();
        out.service = toWire(gsoap, service);
      },
      [](const auto& in) {
        return VmmDelegateDescription{.version = in.version, .identity = identityFromWire(in)};
      });
}

VmPlace VmmDelegateClient::attachVolume(const OperationContext& operation, const VmAttachment& attachment) {
  return remote_->call<_vmm__attachVolume, _vmm__attachVolumeResponse>(
      "attachVolume",
      [&](struct soap* gsoap, auto& out) {
        out.context = toWire(gsoap, operation);
        fill(gsoap, out, attachment);
      },
      [](const auto& in) { return VmPlace{.hostDevice = in.hostDevice, .isInVm = in.isInVm}; });
}

VmRelease VmmDelegateClient::detachVolume(const OperationContext& operation, const VmAttachment& attachment) {
  return remote_->call<_vmm__detachVolume, _vmm__detachVolumeResponse>(
      "detachVolume",
      [&](struct soap* gsoap, auto& out) {
        out.context = toWire(gsoap, operation);
        fill(gsoap, out, attachment);
      },
      [](const auto& in) { return VmRelease{.isConnected = fromWire(in.isConnected)}; });
}

VmHostInventory VmmDelegateClient::inventory(const RequestId& requestId) {
  return remote_->call<_vmm__inventory, _vmm__inventoryResponse>(
      "inventory", [&](struct soap*, auto& out) { out.requestId = requestId.str(); },
      [](const auto& in) { return inventoryIn(in); });
}

}  // namespace vbs::soap
