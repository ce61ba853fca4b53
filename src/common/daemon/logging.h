#pragma once

#include <string>

namespace vbs::daemon {

/// Sends spdlog's default logger to stderr with UTC times, milliseconds and thread ids; each line is flushed.
/// `level`: a name that spdlog knows.
void startLogging(const std::string& level);

}  // namespace vbs::daemon
