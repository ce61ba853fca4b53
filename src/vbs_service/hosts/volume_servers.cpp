#include "vbs_service/hosts/volume_servers.h"

#include <utility>

#include "common/model/error.h"

namespace vbs {

VolumeServers::VolumeServers(std::map<VolumeServerName, std::reference_wrapper<VolumeDelegate>> delegates)
    : delegates_(std::move(delegates)) {}

VolumeDelegate& VolumeServers::at(const VolumeServerName& name) const {
  const auto found = delegates_.find(name);
  if (found != delegates_.end()) return found->second;
  throw Error(ErrorCode::InternalError,
              "the metadata name volume server " + name.str() + ", which the VBS Service does not command")
      .withEffect(Effect::None);
}

}  // namespace vbs
