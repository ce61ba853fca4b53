#pragma once

#include <string>

#include "common/system/clock.h"
#include "vbs_service/engine/last_survey.h"
#include "vbs_service/hosts/vm_hosts.h"
#include "vbs_service/hosts/volume_servers.h"

namespace vbs::engine {

/// The parts that the steps of a workflow ask. Messages call them by names, without a URL: clients read them
/// in faults and in statusReason. Where each is, the log says (http::internalChannel).
struct Delegates {
  const VolumeServers& volumeServers;
  VmHosts& hosts;
  LastSurvey& lastSurvey;
  const system::Clock& clock;

  static constexpr const char* kVolumesName = "the Volume Delegate";
  /// How messages call the VMM Delegate of a host. Never throws.
  std::string nameOf(const VmmHostname& host) const;
};

}  // namespace vbs::engine
