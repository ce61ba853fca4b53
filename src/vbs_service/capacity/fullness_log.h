#pragma once

#include <cstddef>
#include <vector>

#include "common/api/volume_delegate.h"

namespace vbs::capacity {

/// Warns when the volume server gets full: once when its use reaches a threshold, and again after it has
/// fallen below, but not at each look. Not thread-safe.
class FullnessLog {
public:
  /// The thresholds are `warningPercent`, and 90 and 95 where they are above it. 0: it never warns.
  explicit FullnessLog(int warningPercent);

  void seen(const Capacity& capacity);

private:
  std::vector<int> thresholds_;  // percent, ascending
  std::size_t reached_ = 0;      // how many of them
};

}  // namespace vbs::capacity
