#pragma once

#include <chrono>

#include "common/system/clock.h"

namespace vbs::simulation {

/// When each run begins: late enough that hours may be taken off.
inline constexpr system::Clock::TimePoint kStart{std::chrono::hours(1'000)};
/// What the time of day is then.
inline constexpr std::chrono::sys_days kStartOfDay{std::chrono::year(2009) / 9 / 1};

inline double secondsSinceStart(system::Clock::TimePoint when) {
  return std::chrono::duration<double>(when - kStart).count();
}

}  // namespace vbs::simulation
