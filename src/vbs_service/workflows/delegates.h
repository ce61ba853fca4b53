#pragma once

#include <string>

#include "common/api/volume_delegate.h"
#include "vbs_service/vm_hosts.h"
#include "vbs_service/workflows/last_survey.h"

namespace vbs::workflows {

/// The parts that the steps of a workflow ask. Messages call them by names, without a URL: clients read them
/// in faults and in statusReason. Where each is, the log says (soap::internalChannel).
struct Delegates {
  VolumeDelegate& volumes;
  VmHosts& hosts;
  LastSurvey& lastSurvey;

  static constexpr const char* kVolumesName = "the Volume Delegate";
  /// How messages call the VMM Delegate of a host. Never throws.
  std::string nameOf(const VmmHostname& host) const;
};

}  // namespace vbs::workflows
