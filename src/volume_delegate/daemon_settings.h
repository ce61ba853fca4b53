#pragma once

#include <cstddef>
#include <string>

#include "common/delegate/delegate_settings.h"

namespace vbs::volume_delegate {

struct DaemonSettings : delegate::DelegateSettings {
  std::string
      vbsService;  ///< http://HOST:PORT of the VBS Service, to tell it the end of copies; may be empty
  std::size_t copies = 2;  ///< background copies at once
};

/// Ends the process after --help and --version. See OnUsageError for what it throws.
DaemonSettings parseSettings(int argc, const char* const* argv,
                             daemon::OnUsageError onUsageError = daemon::OnUsageError::EndProcess);

}  // namespace vbs::volume_delegate
