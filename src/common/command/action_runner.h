#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/command/command_file.h"
#include "common/command/command_runner.h"

namespace vbs::command {

/// What an action found out.
struct ActionOutput {
  /// For list actions and capacity: the named groups of each line of output that `.output` matched.
  std::vector<std::map<std::string, std::string>> records;
  /// For the others: the named groups of the commands, for later actions of the same call (Parameters::add).
  Parameters captured;
  /// Lines of a listing that neither `.output` nor `.ignore` understood.
  std::size_t strangeLines = 0;
  std::string firstStrangeLine = {};  ///< printable, at most 120 bytes
  /// A command said that what it was to do was so already (`.ok-exit`, `.ok-stderr`, `.done-unless`).
  bool wasAlreadySo = false;
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
    /// Whose work it is, for log lines: "request=<id> operation=<id>".
    std::string logContext;
  };

  /// Throws Error:
  /// - CommandFailed, with the numbered action, exit code and stderr tail; also when the command was stopped,
  /// - Timeout when the deadline ended it,
  /// - InsufficientCapacity when the refusal matched `.no-space-stderr`,
  /// - InvalidParameter when a parameter that a pattern needs is not there: then nothing was run.
  /// `resource`: the id that errors name.
  ActionOutput run(const CommandFile& file, Action action, const Parameters& parameters,
                   const std::string& resource, const Options& options) const;
  ActionOutput run(const CommandFile& file, Action action, const Parameters& parameters,
                   const std::string& resource) const;

private:
  CommandRunner& runner_;
};

}  // namespace vbs::command
