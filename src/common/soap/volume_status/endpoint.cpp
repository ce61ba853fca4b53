#include "common/soap/volume_status/endpoint.h"

#include "common/soap/contract.h"
#include "common/soap/dispatcher.h"
#include "common/soap/volume_delegate/wire.h"

namespace vbs::soap {

VolumeStatusEndpoint::VolumeStatusEndpoint(VolumeStatusListener& listener)
    : dispatcher_(std::make_unique<Dispatcher>("vd")) {
  dispatcher_->add<_vd__volumeStatusChanged, _vd__volumeStatusChangedResponse>(
      "volumeStatusChanged", [&listener](Invocation& call, struct soap*, const auto& in, auto&) {
        const RequestId requestId = call.adopt(RequestId(in.requestId));
        listener.volumeStatusChanged(requestId, VolumeId(in.volumeId), copyEndFromWire(in.status),
                                     fromWire(in.reason));
      });
}

VolumeStatusEndpoint::~VolumeStatusEndpoint() = default;

std::string VolumeStatusEndpoint::wsdl(std::string_view url) const {
  return withAddress(kVolumeDelegateContract, path(), url);
}

http::Response VolumeStatusEndpoint::handle(const Message& message) {
  return dispatcher_->handle(message);
}

}  // namespace vbs::soap
