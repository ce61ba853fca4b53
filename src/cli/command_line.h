#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/invocation.h"

namespace vbs::cli {

/// The command line breaks a rule; what() names the argument and the rule, or is the help when no command was
/// given.
class UsageError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The value of an environment variable; none when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// Parses what follows the program's name. What the command line leaves out is taken from the environment
/// (VBS_ENDPOINT, VBS_OUTPUT), then from the file of --config, then from the defaults. Throws UsageError.
Invocation parseCommandLine(const std::vector<std::string>& arguments, const Environment& environment);

}  // namespace vbs::cli
