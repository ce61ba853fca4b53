#pragma once

#include <filesystem>
#include <vector>

#include "common/command/live_command_file.h"
#include "common/model/readiness.h"

namespace vbs::delegate {

/// Complains when the pattern file has a fault, so that older patterns are in force. That does not stop all,
/// as the older patterns still do their work. `commands` must outlive it.
ReadinessSource patternReadiness(command::LiveCommandFile& commands);

/// Complains when a directory of commands is not there or cannot be searched.
ReadinessSource toolReadiness(std::vector<std::filesystem::path> directories);

}  // namespace vbs::delegate
