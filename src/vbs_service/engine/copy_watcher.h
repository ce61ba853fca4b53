#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "common/system/scheduler.h"
#include "vbs_service/hosts/volume_servers.h"
#include "vbs_service/metadata/metadata_store.h"

namespace vbs::engine {

/// Brings pending volumes to their end: asks the Volume Delegates for the state of their copies, at an
/// interval and only while there are any. A copy that is done makes its volume available, one that failed
/// puts it in error, one that the delegate forgot is started again. Thread-safe.
class CopyWatcher {
public:
  /// Starts the copy of a volume over; throws when that failed.
  using Restart = std::function<void(const RequestId&, const VolumeId&)>;

  CopyWatcher(system::Scheduler& scheduler, metadata::MetadataStore& store,
              const VolumeServers& volumeServers, std::chrono::milliseconds interval, Restart restart);
  /// stop(), then waits for the call that runs.
  ~CopyWatcher();
  CopyWatcher(const CopyWatcher&) = delete;
  CopyWatcher& operator=(const CopyWatcher&) = delete;

  /// Look now: a copy may have begun or ended.
  void wake();
  /// How far the copy into a volume was when last asked, in percent.
  std::optional<int> progressOf(const VolumeId& id) const;
  /// No further look begins.
  void stop();

private:
  void serve();
  /// True while copies are pending.
  bool look();
  /// `ids`: of volumes on that server. What goes wrong with it holds up no other.
  void ask(const RequestId& requestId, const VolumeServerName& server, const std::vector<VolumeId>& ids);
  /// In one call.
  void askAtOnce(const RequestId& requestId, const VolumeServerName& server,
                 const std::vector<VolumeId>& ids);
  void finish(const RequestId& requestId, const VolumeId& id, VolumeStatus status,
              const std::optional<std::string>& reason);

  metadata::MetadataStore& store_;
  const VolumeServers& volumeServers_;
  const std::chrono::milliseconds interval_;
  const Restart restart_;
  mutable std::mutex mutex_;
  system::Condition changed_;
  bool awake_ = true;
  bool stopping_ = false;
  std::map<VolumeId, int> progress_;
  system::Thread thread_;
};

}  // namespace vbs::engine
