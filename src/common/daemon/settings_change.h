#pragma once

#include <string>
#include <vector>

#include "common/daemon/common_settings.h"

namespace vbs::daemon {

/// What a later reading of the settings says otherwise: names, in the order of the alphabet.
struct SettingsChange {
  std::vector<std::string> now;        ///< those that can change while the daemon runs
  std::vector<std::string> atRestart;  ///< those that stay as they are until then
  bool operator==(const SettingsChange&) const = default;
};

/// `changeable`: the names of those that can change while the daemon runs, besides log-level.
SettingsChange settingsChange(const CommonSettings& inForce, const CommonSettings& read,
                              const std::vector<std::string>& changeable);

/// "log-level has changed; listen and workflows need a restart"
std::string toString(const SettingsChange& change);

}  // namespace vbs::daemon
