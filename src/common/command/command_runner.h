#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace vbs::command {

/// One command line, ready to run.
struct Command {
  std::vector<std::string> argv;  ///< argv[0] is absolute or looked up in the runner's fixed PATH
  std::chrono::milliseconds timeout{30'000};
  std::stop_token stop;  ///< when asked to stop, the command's process group is ended as at its deadline
  /// Called from the running thread with each piece of stderr as it arrives (a copy's progress). May be
  /// empty.
  std::function<void(std::string_view)> onStderr;
  std::string name = {};  ///< what the log calls it: its key in the pattern file
};

/// How a command was made to end: its process group was sent SIGTERM, and SIGKILL when a grace was over.
struct Ending {
  bool killed = false;                 ///< it took SIGKILL
  std::chrono::milliseconds after{0};  ///< from SIGTERM to the end, of SIGKILL too
};

/// How a command ended. Exactly one of: exitCode set; signal set; timedOut; stopped; startError set;
/// watchError set.
struct CommandResult {
  std::optional<int> exitCode;
  std::optional<int> signal;
  bool timedOut = false;
  bool stopped = false;
  std::optional<Ending> ending;           ///< of a command that had begun when it timed out or was stopped
  std::optional<std::string> startError;  ///< the program could not be started: "No such file or directory"
  std::optional<std::string> watchError;  ///< why it was killed: it had begun, and could not be watched
  std::string out;  ///< at most the runner's cap; what came after it was read and dropped
  bool outTruncated = false;
  std::string err;  ///< the end of stderr, at most the runner's cap
};

/// Runs commands. Between patterns and the operating system; tests use the fake in tests/fakes. Thread-safe.
class CommandRunner {
public:
  virtual ~CommandRunner() = default;

  /// Returns when the command and its process group are gone. Never throws for how the command ended.
  virtual CommandResult run(const Command& command) = 0;
};

}  // namespace vbs::command
