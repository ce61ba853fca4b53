#pragma once

#include <chrono>
#include <string>

namespace vbs::daemon {

/// Sends spdlog's default logger to stderr with UTC times and milliseconds. A line is written before the call
/// that logs it returns, unless the reader of stderr stands still. Then that call waits for a tenth of a
/// second at most, and the next calls not at all. Lines that do not fit into 1 MiB are dropped, and counted
/// in a line once the reader reads again. The same holds for lines that cannot be written (a full disk, a
/// reader that left): the log never holds up or ends the program.
/// When logging has begun before, only sets the level. `level`: a name that spdlog knows. Thread-safe but for
/// the first call.
void startLogging(const std::string& level);

/// Waits until what was logged is written, at most for `patience`. Thread-safe.
void flushLog(std::chrono::milliseconds patience);

}  // namespace vbs::daemon
