#pragma once

#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "common/model/target.h"

namespace vbs::workflows {

/// What the volume server was last seen to have and the metadata do not tell of: it may be another VBS
/// Service's, so neither its ids nor its target numbers are given. A target number that was taken since is
/// found out by the pattern file, which refuses it. Thread-safe.
class ForeignResources {
public:
  void seeTargets(std::set<TargetId> ids) {
    const std::lock_guard lock(mutex_);
    targetIds_ = std::move(ids);
  }
  /// `ids`: of volumes and snapshots.
  void seeIds(std::set<std::string> ids) {
    const std::lock_guard lock(mutex_);
    ids_ = std::move(ids);
  }
  std::set<TargetId> targetIds() const {
    const std::lock_guard lock(mutex_);
    return targetIds_;
  }
  std::set<std::string> ids() const {
    const std::lock_guard lock(mutex_);
    return ids_;
  }

private:
  mutable std::mutex mutex_;
  std::set<TargetId> targetIds_;
  std::set<std::string> ids_;
};

}  // namespace vbs::workflows
