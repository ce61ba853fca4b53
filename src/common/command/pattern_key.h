#pragma once

#include <string>
#include <string_view>

#include "common/command/action.h"

namespace vbs::command {

constexpr std::string_view kParam = "param.";  ///< begins the key of a constant
constexpr std::string_view kHostDevice = "host.device";
constexpr std::string_view kHostDeviceTimeout = "host.device.timeout";
constexpr std::string_view kRemoved = "removed";
constexpr std::string_view kInclude = "include";

/// What the key of a command, or of a property of commands, names: `<action>[.<number>][.<property>]`.
struct PatternKey {
  Action action;
  int number;            ///< of the command, from 1; 0: the key has none
  std::string property;  ///< "timeout"; empty when the key is a command's
};

/// Throws std::invalid_argument that says what may have been meant when `key` is no such key.
PatternKey parsePatternKey(const std::string& key);

/// "; did you mean vm.attach.2?", for the messages about a key that is none.
std::string suggestionFor(const std::string& key);

}  // namespace vbs::command
