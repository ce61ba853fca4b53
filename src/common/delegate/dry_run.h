#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/command/command_file.h"
#include "common/command/parameters.h"

namespace vbs::delegate {

/// What a delegate's program does with a pattern file without serving: --check-config and --explain.
struct DryRun {
  command::Host host;
  /// What an operation would run, as text; throws Error{InvalidParameter}.
  std::string (*explainOperation)(const command::CommandFile& file, std::string_view operation,
                                  const command::Parameters& given);
};

// Both throw std::runtime_error when what they printed was lost.

/// Prints every fault of `file` on stderr, or on stdout that there is none. Returns the exit code: 0, or 1
/// for faults.
int checkConfig(const DryRun& dryRun, const std::filesystem::path& file);

/// `arguments`: the operation, then NAME=VALUE for parameters to show it with. Prints what it would run with
/// `file`, on stdout. Returns the exit code: 0, 1 for faults of the file, 2 for bad arguments.
int explainConfig(const DryRun& dryRun, const std::filesystem::path& file,
                  const std::vector<std::string>& arguments);

}  // namespace vbs::delegate
