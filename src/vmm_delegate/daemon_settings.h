#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/daemon/common_settings.h"

namespace vbs::vmm_delegate {

struct DaemonSettings {
  daemon::CommonSettings common;
  std::string commands;                    ///< the pattern file
  std::vector<std::string> commandPath;    ///< folders searched for commands before the system's
  std::chrono::seconds lockTimeout{60};    ///< how long a call waits for another one for the same volume

  std::string checkConfig;           ///< --check-config FILE: check the pattern file and end
  std::vector<std::string> explain;  ///< --explain OPERATION [NAME=VALUE ...]: print the commands and end
};

/// Ends the process after --help, --version and usage errors.
DaemonSettings parseSettings(int argc, const char* const* argv);

}  // namespace vbs::vmm_delegate
