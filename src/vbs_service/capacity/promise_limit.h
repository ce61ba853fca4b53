#pragma once

#include <cstdint>
#include <string>

namespace vbs::capacity {

/// What all volumes may have together, and what that follows from.
struct PromiseLimit {
  std::int64_t limitGiB;
  std::int64_t totalBytes;  ///< of the volume server, as last seen
  std::string overcommit;   ///< the setting, as it was given
};

}  // namespace vbs::capacity
