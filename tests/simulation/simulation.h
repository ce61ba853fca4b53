#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "simulation/cluster.h"
#include "simulation/time/trace.h"

namespace vbs::simulation {

struct RunOptions {
  std::uint64_t seed = 1;
  int operations = 100;  ///< that clients ask for and that change something
  int clients = 5;
  /// Where the database may be, a file system in memory at best.
  std::filesystem::path directory;
  Trace::Writer write = nullptr;  ///< of the trace; may be empty
};

/// What came of a run.
struct RunResult {
  std::uint64_t hash = 0;  ///< of the trace: the same for the same seed
  int operations = 0;
  std::uint64_t faults = 0;  ///< of the network, commands, programs, disk and computers
  double virtualSeconds = 0;
  std::uint64_t switches = 0;           ///< from one thread to another
  std::vector<std::string> violations;  ///< of the rules; empty when all is well
};

/// Plays a seed: clients, mishaps, and then rest, at which the world must be what the metadata say, and both
/// what clients were told. One run at a time in a process. Ends early at the first violation.
RunResult play(const RunOptions& options, PatternFiles& patterns);

}  // namespace vbs::simulation
