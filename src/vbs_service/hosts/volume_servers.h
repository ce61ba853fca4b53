#pragma once

#include <functional>
#include <map>

#include "common/api/volume_delegate.h"
#include "common/model/ids.h"

namespace vbs {

/// The Volume Delegates of the volume servers that the service commands, by the names that the metadata have.
/// The settings know one server so far, which is called `default`. Thread-safe.
class VolumeServers {
public:
  /// The delegates must outlive it.
  explicit VolumeServers(std::map<VolumeServerName, std::reference_wrapper<VolumeDelegate>> delegates);

  /// Throws Error{InternalError} for a server that is not among them.
  VolumeDelegate& at(const VolumeServerName& name) const;

private:
  const std::map<VolumeServerName, std::reference_wrapper<VolumeDelegate>> delegates_;
};

}  // namespace vbs
