#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/command/command_file.h"
#include "common/command/command_runner.h"

namespace vbs::command {

/// What an action found out: for list actions, one map of named groups per line of output that the `.output`
/// expression matched; for the others, all captured groups in one.
struct ActionOutput {
  std::vector<std::map<std::string, std::string>> records;
  Parameters
      captured;  ///< the named groups of the action's commands, to be used by later actions of the same call
};

/// Runs the commands of one action in order, expanded with `parameters` and the file's constants. Skips an
/// action that the file has no key for (an empty output). Stateless but for the runner; thread-safe.
class ActionRunner {
public:
  explicit ActionRunner(CommandRunner& runner);

  struct Options {
    std::stop_token stop;
    /// Called with 0..100 as the copy goes on, where the file has `<action>.progress`.
    std::function<void(int percent)> onProgress;
  };

  /// Throws Error: CommandFailed (with the numbered action, exit code and stderr tail), Timeout (the same,
  /// when the deadline ended it), InsufficientCapacity (the refusal matched `.no-space-stderr`),
  /// InvalidParameter (a parameter that a pattern needs is not there). `resource`: the id that errors name.
  ActionOutput run(const CommandFile& file, Action action, const Parameters& parameters,
                   const std::string& resource, const Options& options) const;
  ActionOutput run(const CommandFile& file, Action action, const Parameters& parameters,
                   const std::string& resource) const;

private:
  CommandRunner& runner_;
};

}  // namespace vbs::command
