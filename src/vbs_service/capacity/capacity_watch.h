#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "common/api/vbs_admin.h"
#include "common/api/volume_delegate.h"
#include "common/model/error.h"
#include "common/system/periodic_task.h"
#include "vbs_service/capacity/fullness_log.h"

namespace vbs::capacity {

struct CapacityWatchSettings {
  std::chrono::milliseconds interval{0};  ///< between two looks; 0: only when somebody wants to know
  int warningPercent = 80;                ///< 1 to 100 percent used; 0: no warnings
};

/// What is known of the volume server's room.
struct CapacityView {
  std::optional<SeenCapacity> seen;   ///< the last answer; absent until there was one
  std::optional<std::string> reason;  ///< why there is no answer, or none newer
};

/// Asks the volume server regularly how much room it has, keeps the answer, and warns when it gets full.
/// Where it cannot be told (for instance, a pattern file without `capacity`), that is logged once.
/// Thread-safe.
class CapacityWatch {
public:
  /// `name`: how messages call the delegate. `volumes` must outlive it.
  CapacityWatch(system::Scheduler& scheduler, VolumeDelegate& volumes, std::string name,
                const CapacityWatchSettings& settings);
  /// stop(), then waits for the look that goes on.
  ~CapacityWatch() = default;
  CapacityWatch(const CapacityWatch&) = delete;
  CapacityWatch& operator=(const CapacityWatch&) = delete;

  /// What was seen last. Asks first where nothing was seen yet, or where it is not asked regularly; that
  /// takes a delegate call at most. Never throws an Error.
  CapacityView current(const RequestId& requestId);

  /// No look begins by itself any more.
  void stop();

private:
  void look(const RequestId& requestId);
  CapacityView view() const;
  void keep(const Capacity& capacity);
  void miss(const Error& error);

  const system::Clock& clock_;
  VolumeDelegate& volumes_;
  const std::string name_;
  const CapacityWatchSettings settings_;
  mutable std::mutex mutex_;
  CapacityView view_;
  std::optional<ErrorCode> failure_;  // of the last look, if it failed
  FullnessLog fullness_;
  std::optional<system::PeriodicTask> periodic_;  // last: its thread uses the rest
};

}  // namespace vbs::capacity
