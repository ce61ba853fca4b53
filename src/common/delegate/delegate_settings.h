#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/daemon/common_settings.h"
#include "common/daemon/settings_parser.h"
#include "common/model/ids.h"

namespace vbs::delegate {

/// The settings that both delegates have.
struct DelegateSettings {
  daemon::CommonSettings common;
  std::string commands;                        ///< the pattern file
  std::string identity;                        ///< a DelegateId; empty: made of the machine's id and the port
  std::vector<std::string> commandPath;        ///< folders searched for commands before the system's
  std::chrono::seconds lockTimeout{60};        ///< how long a call waits for another one for the same volume
  std::chrono::milliseconds killGrace{5'000};  ///< for a command between SIGTERM and SIGKILL

  std::string checkConfig;           ///< --check-config FILE: check the pattern file and end
  std::vector<std::string> explain;  ///< --explain OPERATION [NAME=VALUE ...]: print the commands and end
};

/// What the settings say, or else delegateIdOf. Throws Error{InvalidParameter} for what is no delegate id.
DelegateId identityOf(std::string_view part, const DelegateSettings& settings);

/// Declares all of them but `common`, which parse() returns. `operation`: one to show in --help.
void declare(daemon::SettingsParser& parser, DelegateSettings& settings, const std::string& operation);

}  // namespace vbs::delegate
