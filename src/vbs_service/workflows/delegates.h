#pragma once

#include <string>

#include "common/api/volume_delegate.h"
#include "vbs_service/vmm_delegates.h"

namespace vbs::workflows {

/// The parts that the steps of a workflow ask.
struct Delegates {
  VolumeDelegate& volumes;
  VmmDelegates& hosts;
  std::string volumesName;  ///< how messages call the Volume Delegate: "the Volume Delegate (http://...)"

  /// How messages call the VMM Delegate of a host. Never throws.
  std::string nameOf(const VmmHostname& host) const;
};

}  // namespace vbs::workflows
