#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/command/command_file.h"

namespace vbs::command {

/// What a command would be run as.
struct ExpandedCommand {
  std::string key;                        ///< "target.create.2"
  std::vector<std::string> argv;          ///< as it is run, secrets included: not for showing
  std::string shown;                      ///< one line as for a shell, secrets masked
  std::vector<std::string> secrets;       ///< the values that were masked, to be masked in what it prints too
  std::optional<std::string> expect;      ///< text that its output must have
  std::optional<std::string> doneUnless;  ///< text without which in its output the action is done
  std::optional<std::string> refuse;      ///< text that its output must not have
  bool operator==(const ExpandedCommand&) const = default;
};

/// The commands of an action with the values put in; runs nothing. Empty when the file has no key for it. A
/// group that an earlier command would capture stays as `<name>`. Throws Error{InvalidParameter} when a
/// parameter has neither a value in `parameters` nor a constant. Values of `parameters` take precedence over
/// constants.
std::vector<ExpandedCommand> expand(const CommandFile& file, Action action, const Parameters& parameters);

/// One command; as above, but every group must have a value too.
ExpandedCommand expand(const CommandFile& file, const CommandPattern& command, const Parameters& parameters);

/// Where the volume appears on the VM host. A value that begins with '/' is a path to wait for, any other a
/// reference to be used as it is. Throws Error{InvalidParameter} as expand does, also when the file has no
/// host.device or the result breaks the rule of <vmmDev>.
std::string hostDevice(const CommandFile& file, const Parameters& parameters);

/// A valid value for every parameter that a call can give: for dry runs.
Parameters exampleParameters();

/// `text` with every one of `secrets` replaced by ***.
std::string masked(std::string text, const std::vector<std::string>& secrets);

}  // namespace vbs::command
