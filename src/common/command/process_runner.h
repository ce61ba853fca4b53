#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "common/command/command_runner.h"

namespace vbs::command {

/// Runs commands as processes of this machine. Thread-safe: each call spawns and waits in its own thread, and
/// no signal handler is involved. Each command has
/// - stdin from /dev/null, / as its working directory, and no descriptor of ours,
/// - a fixed environment (LC_ALL=C and PATH) and default signals,
/// - the limit of descriptors that this program was started with,
/// - a process group of its own that ends with it: at its deadline, when it is stopped, and when it leaves
///   processes behind.
/// The group is asked to end with SIGTERM, as a tool may have to put something right first (a device that it
/// suspended). It is killed when that takes too long. When this program dies, the command is killed with it.
/// What the command started is left to the service manager's control group.
class ProcessRunner : public CommandRunner {
public:
  using Clock = std::chrono::steady_clock;

  struct Options {
    /// Searched for programs before the fixed PATH (/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:
    /// /sbin:/bin), and first in the commands' PATH. Absolute.
    std::vector<std::filesystem::path> toolDirectories{};
    std::size_t maxOut = std::size_t{4} << 20U;   ///< bytes of stdout that are kept, the first ones
    std::size_t maxErr = std::size_t{64} << 10U;  ///< bytes of stderr that are kept, the last ones
    /// How long processes that a command left behind may hold its output open before they are ended.
    std::chrono::milliseconds outputGrace{200};
    /// Between SIGTERM and SIGKILL.
    std::chrono::milliseconds killGrace{5'000};
  };

  ProcessRunner();
  explicit ProcessRunner(Options options);

  CommandResult run(const Command& command) override;

  /// No command outlives `deadline`. Those that still run `killGrace` before it are stopped, and killed at
  /// the deadline. From then on none is started. For the end of the program; to be called once.
  void endBy(Clock::time_point deadline);

  /// endBy() as it is seen by the commands that run.
  struct Shutdown {
    std::atomic<Clock::time_point> deadline{Clock::time_point::max()};
    std::stop_source announced{};
  };

private:
  Options options_;
  std::vector<std::filesystem::path> directories_;
  std::string path_;
  Shutdown shutdown_;
};

}  // namespace vbs::command
