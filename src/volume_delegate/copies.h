#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/api/context.h"
#include "common/api/volume_delegate.h"
#include "common/api/volume_status_listener.h"
#include "common/model/ids.h"
#include "common/system/scheduler.h"

namespace vbs::volume_delegate {

/// The background copies of snapshots into new volumes: a few run at once, each on a thread of its own, the
/// others wait their turn. Kept in memory only; what a restart forgets is asked for again. Thread-safe.
class Copies {
public:
  struct Limits {
    int atOnce = 2;                     ///< copies that run at the same time, at least 1
    std::size_t finishedKept = 10'000;  ///< finished copies that are still told about
  };

  /// What copies. Throws when the copy failed; ends early, by throwing, when `stop` is asked to stop.
  using Work = std::function<void(const std::stop_token& stop, const std::function<void(int)>& onProgress)>;

  /// `listener` may be null; it is told of each copy's end, from the copy's thread. What it throws is logged.
  Copies(system::Scheduler& scheduler, Limits limits, VolumeStatusListener* listener);
  /// As stop().
  ~Copies();
  Copies(const Copies&) = delete;
  Copies& operator=(const Copies&) = delete;

  /// Begins, or queues, the copy into `volumeId`; what was known of a finished one is forgotten. No copy into
  /// that volume may be pending.
  void start(const OperationContext& context, const VolumeId& volumeId, const SnapshotId& snapshotId,
             Work work);

  /// Ends the copy into that volume, if there is one, returns when it is gone, and forgets it. Throws
  /// Error{Timeout} when it does not end in time.
  void end(const VolumeId& volumeId, std::chrono::milliseconds patience);

  struct Known {
    SnapshotId snapshotId;
    CopyStatus status;
  };
  /// Nothing when nothing is known of a copy into that volume.
  std::optional<Known> find(const VolumeId& volumeId) const;
  std::vector<CopyStatus> all() const;
  /// A volume that is being copied into from that snapshot, if there is one.
  std::optional<VolumeId> readerOf(const SnapshotId& snapshotId) const;

  /// Tells all copies to end and begins no more. They stay pending: whoever asks after the restart hears that
  /// nothing is known of them and starts them again. Does not wait.
  void requestStop();
  /// The same; returns when their threads are gone.
  void stop();

private:
  struct Copy;

  void serve();
  void run(const std::shared_ptr<Copy>& copy);
  void finish(const std::shared_ptr<Copy>& copy, CopyState state, std::optional<std::string> reason);
  void tell(const Copy& copy, CopyState state, const std::optional<std::string>& reason) const;

  const Limits limits_;
  VolumeStatusListener* const listener_;

  mutable std::mutex mutex_;
  system::Condition queued_;
  system::Condition ended_;
  bool stopping_ = false;
  std::map<VolumeId, std::shared_ptr<Copy>> copies_;
  std::deque<std::shared_ptr<Copy>> queue_;
  std::deque<std::weak_ptr<Copy>> finished_;  ///< oldest first, with those that were forgotten since
  std::vector<system::Thread> threads_;
};

}  // namespace vbs::volume_delegate
