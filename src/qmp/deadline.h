#pragma once

#include <algorithm>
#include <chrono>

namespace vbs::qmp {

/// The moment by which something must be done.
using Deadline = std::chrono::steady_clock::time_point;

/// The time left as poll(2) wants it: whole milliseconds, rounded up, never negative.
inline int millisecondsUntil(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 3'600'000));
}

inline bool isPast(Deadline deadline) {
  return std::chrono::steady_clock::now() >= deadline;
}

}  // namespace vbs::qmp
