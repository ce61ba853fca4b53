#pragma once

#include <cstdint>
#include <map>
#include <mutex>

#include "common/model/ids.h"

namespace vbs {

/// How often each volume was attached since the start. A request that has waited for a delegate sees by it
/// that another one came before it: what its client wanted may be long out of date. Thread-safe.
class AttachCounts {
public:
  std::uint64_t of(const VolumeId& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(id);
    return found == counts_.end() ? 0 : found->second;
  }
  void add(const VolumeId& id) {
    const std::lock_guard lock(mutex_);
    ++counts_[id];
  }

private:
  mutable std::mutex mutex_;
  std::map<VolumeId, std::uint64_t> counts_;
};

}  // namespace vbs
