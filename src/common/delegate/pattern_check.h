#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "common/command/command_file.h"
#include "common/delegate/dry_run.h"

namespace vbs::delegate {

// What a delegate's program does with a pattern file instead of serving: --check-config and --explain. Both
// throw std::runtime_error when what they printed was lost.

/// Prints every fault of `file` on stderr, or on stdout that there is none. Returns the exit code: 0, or 1
/// for faults.
int checkConfig(command::Host host, const std::filesystem::path& file);

/// `arguments`: the operation, then NAME=VALUE for parameters to show it with. Prints what those of `calls`
/// would run with `file`, on stdout. Returns the exit code: 0, 1 for faults of the file, 2 for bad arguments.
int printDryRun(command::Host host, std::span<const ShownCall> calls, const std::filesystem::path& file,
                const std::vector<std::string>& arguments);

}  // namespace vbs::delegate
