#include "common/soap/vmm_delegate_endpoint.h"

#include "common/soap/contract.h"
#include "common/soap/dispatcher.h"
#include "common/soap/vmm_delegate_wire.h"

namespace vbs::soap {

VmmDelegateEndpoint::VmmDelegateEndpoint(VmmDelegate& delegate)
    : dispatcher_(std::make_unique<Dispatcher>("vmm")) {
  dispatcher_->add<_vmm__attachVolume, _vmm__attachVolumeResponse>(
      "attachVolume", [&delegate](Call& call, struct soap*, const auto& in, auto& out) {
        const OperationContext operation = call.adopt(fromWire(*in.context));
        out.hostDevice = toWire(delegate.attachVolume(operation, fromWire(in)));
      });
  dispatcher_->add<_vmm__detachVolume, _vmm__detachVolumeResponse>(
      "detachVolume", [&delegate](Call& call, struct soap*, const auto& in, auto&) {
        const OperationContext operation = call.adopt(fromWire(*in.context));
        delegate.detachVolume(operation, fromWire(in));
      });
  dispatcher_->add<_vmm__inventory, _vmm__inventoryResponse>(
      "inventory",
      [&delegate](Call& call, struct soap* context, const auto& in, auto& out) {
        const RequestId requestId = call.adopt(RequestId(in.requestId));

        const VmHostInventory inventory = delegate.inventory(requestId);
        if (inventory.sessions) {
          out.sessions = soap_new_vmm__SessionList(context);
          for (const auto& session : *inventory.sessions) {
            out.sessions->session.push_back(toWire(context, session));
          }
        }
        if (inventory.devices) {
          out.devices = soap_new_vmm__DeviceList(context);
          for (const auto& device : *inventory.devices) {
            out.devices->device.push_back(toWire(context, device));
          }
        }
      },
      Telling::Routine);
}

VmmDelegateEndpoint::~VmmDelegateEndpoint() = default;

std::string VmmDelegateEndpoint::wsdl(std::string_view url) const {
  return withAddress(kVmmDelegateContract, path(), url);
}

Reply VmmDelegateEndpoint::handle(const Message& message) {
  return dispatcher_->handle(message);
}

}  // namespace vbs::soap
