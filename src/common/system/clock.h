#pragma once

#include <chrono>

namespace vbs::system {

/// What time it is. Thread-safe.
class Clock {
public:
  using TimePoint = std::chrono::steady_clock::time_point;

  virtual ~Clock() = default;

  /// For pauses and deadlines: goes on evenly, whatever is done to the time of day.
  virtual TimePoint now() const = 0;
  /// UTC, to the second. May be set at any time, back too.
  virtual std::chrono::sys_seconds timeOfDay() const = 0;
};

}  // namespace vbs::system
