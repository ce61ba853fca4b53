#include "common/soap/vmm_delegate/endpoint.h"

#include "common/soap/contract.h"
#include "common/soap/dispatcher.h"
#include "common/soap/vmm_delegate/wire.h"

namespace vbs::soap {
namespace {

constexpr auto itemToWire = [](struct soap* gsoap, const auto& item) { return toWire(gsoap, item); };

}  // namespace

VmmDelegateEndpoint::VmmDelegateEndpoint(VmmDelegate& delegate)
    : dispatcher_(std::make_unique<Dispatcher>("vmm")) {
  dispatcher_->add<_vmm__describeDelegate, _vmm__describeDelegateResponse>(
      "describeDelegate",
      [&delegate](Invocation& call, struct soap* gsoap, const auto& in, auto& out) {
        const RequestId requestId = call.adopt(RequestId(in.requestId));

        const auto description = delegate.describeDelegate(requestId, fromWire(*in.service));
        out.version = toWire(description.version);
        fillIdentity(gsoap, out, description.identity);
      },
      Telling::Routine);
  dispatcher_->add<_vmm__attachVolume, _vmm__attachVolumeResponse>(
      "attachVolume", [&delegate](Invocation& call, struct soap*, const auto& in, auto& out) {
        const OperationContext operation = call.adopt(fromWire(*in.context));
        const VmPlace place = delegate.attachVolume(operation, fromWire(in));
        out.hostDevice = toWire(place.hostDevice);
        out.isInVm = place.isInVm;
      });
  dispatcher_->add<_vmm__detachVolume, _vmm__detachVolumeResponse>(
      "detachVolume", [&delegate](Invocation& call, struct soap* gsoap, const auto& in, auto& out) {
        const OperationContext operation = call.adopt(fromWire(*in.context));
        out.isConnected = toWire(gsoap, delegate.detachVolume(operation, fromWire(in)).isConnected);
      });
  dispatcher_->add<_vmm__inventory, _vmm__inventoryResponse>(
      "inventory",
      [&delegate](Invocation& call, struct soap* gsoap, const auto& in, auto& out) {
        const RequestId requestId = call.adopt(RequestId(in.requestId));

        const VmHostInventory inventory = delegate.inventory(requestId);
        if (inventory.sessions) {
          out.sessions = soap_new_vmm__SessionList(gsoap);
          fillListing(gsoap, *out.sessions, &vmm__SessionList::session, *inventory.sessions, itemToWire);
        }
        if (inventory.devices) {
          out.devices = soap_new_vmm__DeviceList(gsoap);
          fillListing(gsoap, *out.devices, &vmm__DeviceList::device, *inventory.devices, itemToWire);
        }
      },
      Telling::Routine);
}

VmmDelegateEndpoint::~VmmDelegateEndpoint() = default;

std::string VmmDelegateEndpoint::wsdl(std::string_view url) const {
  return withAddress(kVmmDelegateContract, path(), url);
}

http::Response VmmDelegateEndpoint::handle(const Message& message) {
  return dispatcher_->handle(message);
}

}  // namespace vbs::soap
