#pragma once

#include <string>

#include "common/api/volume_delegate.h"
#include "vbs_service/vm_hosts.h"
#include "vbs_service/workflows/foreign_targets.h"

namespace vbs::workflows {

/// The parts that the steps of a workflow ask.
struct Delegates {
  VolumeDelegate& volumes;
  VmHosts& hosts;
  ForeignTargets& foreignTargets;
  std::string volumesName;  ///< how messages call the Volume Delegate: "the Volume Delegate (http://...)"

  /// How messages call the VMM Delegate of a host. Never throws.
  std::string nameOf(const VmmHostname& host) const;
};

}  // namespace vbs::workflows
