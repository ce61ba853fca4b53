#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/command/command_runner.h"

namespace vbs::command {

/// Runs commands as processes of this machine. Each one has stdin from /dev/null, a fixed environment
/// (LC_ALL=C and PATH), default signals, no descriptor of ours, and a process group of its own that ends with
/// it: at its deadline, when it is stopped, when it leaves processes behind that hold its output open, and
/// when this program dies (then the command itself; what it started belongs to the service manager's control
/// group). Thread-safe: each call spawns and waits in its own thread, no signal handler is involved.
class ProcessRunner : public CommandRunner {
public:
  struct Options {
    /// Searched for programs before the fixed PATH (/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:
    /// /sbin:/bin), and first in the commands' PATH. Absolute.
    std::vector<std::filesystem::path> toolDirectories{};
    std::size_t maxOut = std::size_t{4} << 20U;   ///< bytes of stdout that are kept, the first ones
    std::size_t maxErr = std::size_t{64} << 10U;  ///< bytes of stderr that are kept, the last ones
    /// How long processes that a command left behind may hold its output open.
    std::chrono::milliseconds grace{200};
  };

  ProcessRunner();
  explicit ProcessRunner(Options options);

  CommandResult run(const Command& command) override;

private:
  Options options_;
  std::vector<std::filesystem::path> directories_;
  std::string path_;
};

}  // namespace vbs::command
