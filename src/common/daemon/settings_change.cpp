#include "common/daemon/settings_change.h"

#include <fmt/format.h>

#include <algorithm>

namespace vbs::daemon {
namespace {

/// "a, b and c"
std::string listed(const std::vector<std::string>& names) {
  if (names.size() < 2) return names.empty() ? "" : names.front();
  return fmt::format("{} and {}", fmt::join(names.begin(), names.end() - 1, ", "), names.back());
}

}  // namespace

SettingsChange settingsChange(const CommonSettings& inForce, const CommonSettings& read,
                              const std::vector<std::string>& changeable) {
  SettingsChange change;
  for (const auto& [name, text] : read.texts) {
    const auto before = inForce.texts.find(name);
    if (before != inForce.texts.end() && before->second == text) continue;
    const bool isChangeable =
        name == "log-level" || std::find(changeable.begin(), changeable.end(), name) != changeable.end();
    (isChangeable ? change.now : change.atRestart).push_back(name);
  }
  return change;
}

std::string toString(const SettingsChange& change) {
  if (change.now.empty() && change.atRestart.empty()) return "no setting has changed";
  std::string text;
  if (!change.now.empty()) {
    text = listed(change.now) + (change.now.size() == 1 ? " has changed" : " have changed");
  }
  if (!change.atRestart.empty()) {
    text += text.empty() ? "" : "; ";
    text +=
        listed(change.atRestart) + (change.atRestart.size() == 1 ? " needs a restart" : " need a restart");
  }
  return text;
}

}  // namespace vbs::daemon
