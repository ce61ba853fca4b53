#include "common/daemon/reload.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/daemon/settings_change.h"

namespace vbs::daemon {

void takeOver(CommonSettings& inForce, const CommonSettings& read, const std::vector<std::string>& taken) {
  const SettingsChange change = settingsChange(inForce, read, taken);
  for (const std::string& name : change.now) inForce.texts[name] = read.texts.at(name);
  inForce.logLevel = read.logLevel;

  // Told at the more talkative of both levels, so that it can be seen.
  const auto level = spdlog::level::from_str(read.logLevel);
  spdlog::set_level(std::min(spdlog::get_level(), level));
  spdlog::info("SIGHUP: settings read again: {}", toString(change));
  spdlog::set_level(level);
}

}  // namespace vbs::daemon
