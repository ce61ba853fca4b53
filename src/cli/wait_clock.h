#pragma once

#include <chrono>

namespace vbs::cli {

/// Time, as --wait sees it. With another implementation, tests wait for an hour at once.
class WaitClock {
public:
  using TimePoint = std::chrono::steady_clock::time_point;

  virtual ~WaitClock() = default;

  virtual TimePoint now() = 0;

  /// True after `duration`; false at once when the user wants to stop waiting (Ctrl-C).
  virtual bool sleep(std::chrono::milliseconds duration) = 0;
};

}  // namespace vbs::cli
