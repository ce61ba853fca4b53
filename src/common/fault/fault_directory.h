#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

namespace vbs::fault {

/// How a test tells a program where to stop: by files in a directory that is this program's alone. All are
/// written by renaming, so that nobody reads half of one.
///
///   trace     written here: a line for each point that is reached, its seam and its name
///   armed     written by the test: the name of the point to stop at, and at which of its times from now
///   reached   written here when it has come to that: the process and the name; `armed` is gone then
///   verdict   written by the test: "continue" or "fail"; both are gone once the program goes on
///
/// Thread-safe: while one thread is stopped, the others go on.
class FaultDirectory {
public:
  /// The directory exists.
  explicit FaultDirectory(std::filesystem::path directory);

  /// `seam`: for the trace. True when the point shall fail.
  bool reach(std::string_view seam, const std::string& point);

private:
  bool claim(const std::string& point);
  bool awaitVerdict() const;

  const std::filesystem::path directory_;
  std::mutex mutex_;
};

}  // namespace vbs::fault
