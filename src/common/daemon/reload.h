#pragma once

#include <string>
#include <vector>

#include "common/daemon/common_settings.h"

namespace vbs::daemon {

/// The last step of reading the settings again. Takes over the log level from `read`, and notes in `inForce`
/// what holds now. Logs one line about what has changed and what needs a restart. `taken`: the names of the
/// other settings that the caller has taken over already.
void takeOver(CommonSettings& inForce, const CommonSettings& read, const std::vector<std::string>& taken);

}  // namespace vbs::daemon
