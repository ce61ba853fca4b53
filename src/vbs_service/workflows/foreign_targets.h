#pragma once

#include <mutex>
#include <set>
#include <utility>

#include "common/model/target.h"

namespace vbs::workflows {

/// The target numbers that others have on the volume server, as it was last seen: they are not drawn. Which
/// of them were taken since is found out by the pattern file, which refuses them. Thread-safe.
class ForeignTargets {
public:
  void see(std::set<TargetId> ids) {
    const std::lock_guard lock(mutex_);
    ids_ = std::move(ids);
  }
  std::set<TargetId> ids() const {
    const std::lock_guard lock(mutex_);
    return ids_;
  }

private:
  mutable std::mutex mutex_;
  std::set<TargetId> ids_;
};

}  // namespace vbs::workflows
