#include "common/soap/volume_status/client.h"

#include "common/soap/remote.h"
#include "common/soap/wire.h"

namespace vbs::soap {

VolumeStatusClient::VolumeStatusClient(std::unique_ptr<http::Channel> channel)
    : remote_(std::make_unique<Remote>(std::move(channel), "vd", "urn:vbs:volume-delegate:1")) {}

VolumeStatusClient::~VolumeStatusClient() = default;

void VolumeStatusClient::volumeStatusChanged(const RequestId& requestId, const VolumeId& volumeId,
                                             VolumeStatus status, const std::optional<std::string>& reason) {
  remote_->call<_vd__volumeStatusChanged, _vd__volumeStatusChangedResponse>(
      "volumeStatusChanged",
      [&](struct soap* gsoap, auto& out) {
        out.requestId = requestId.str();
        out.volumeId = volumeId.str();
        out.status = toString(status);
        out.reason = toWire(gsoap, reason);
      },
      [](const auto&) {});
}

}  // namespace vbs::soap
