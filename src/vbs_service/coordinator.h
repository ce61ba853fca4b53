#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "common/api/delegate_identity.h"
#include "common/api/vbs_admin.h"
#include "common/api/vbs_service.h"
#include "common/api/volume_status_listener.h"
#include "common/model/uuid.h"
#include "common/system/thread_scheduler.h"
#include "vbs_service/capacity/capacity_watch.h"
#include "vbs_service/capacity/overcommit.h"
#include "vbs_service/hosts/vmm_delegates.h"
#include "vbs_service/hosts/volume_servers.h"
#include "vbs_service/metadata/metadata_store.h"

namespace vbs {

struct CoordinatorSettings {
  /// An IQN; target names are `<targetPrefix>:<volumeId>`.
  std::string targetPrefix = "iqn.2009-09.org.vbs";
  /// Who the service is, told to its delegates.
  Commander service{.instance = ServiceInstanceId(randomUuid()), .name = "vbs-service"};
  std::size_t workflows = 16;                         ///< at once, at least 1
  std::size_t queuedWorkflows = 64;                   ///< waiting for their turn; past it the answer is Busy
  std::chrono::milliseconds copyPollInterval{2'000};  ///< while copies from snapshots run
  std::size_t retries = 4;                            ///< roll-backs that are tried again at once
  std::chrono::milliseconds firstRetryDelay{1'000};   ///< doubles with each try
  std::chrono::milliseconds maxRetryDelay{60'000};
  /// How long a request waits for the operation that owns its volume, where it would be refused otherwise. It
  /// should be longer than a delegate call can take.
  std::chrono::milliseconds ownerPatience{125'000};
  std::chrono::milliseconds reconcileInterval{0};  ///< 0: only when an administrator asks for it
  std::filesystem::path backupDirectory = {};      ///< empty: the metadata's own
  capacity::CapacityWatchSettings capacity = {};
  capacity::Overcommit overcommit = {};  ///< by which createVolume is limited
  std::chrono::milliseconds surveyPatience{
      20'000};  ///< a delegate that lists what it holds later is left out
};

/// The VBS Service itself: coordinates the delegates by workflows, and keeps the metadata. Operations return
/// when their workflow has ended, and at most workflows + queuedWorkflows callers wait at a time; describes
/// never wait for a workflow. On construction, what an earlier service left open is brought to its end in the
/// background. Thread-safe.
///
/// Asked again with the same client token and parameters, a create answers the resource as it is now, and
/// IncorrectState when it was deleted since (EC2's IdempotentInstanceTerminated). A token belongs to one of
/// the two create operations and is freed when the creation fails.
class Coordinator : public VbsService, public VolumeStatusListener {
public:
  /// All must outlive the Coordinator. Throws Error{InvalidParameter} for settings that make no sense.
  Coordinator(metadata::MetadataStore& store, const VolumeServers& volumeServers, VmmDelegates& hosts,
              const CoordinatorSettings& settings, system::Scheduler& scheduler = system::threadScheduler());
  /// stop() with no grace, then waits for the delegate calls that run.
  ~Coordinator() override;

  Volume createVolume(const RequestContext& context, const CreateVolumeRequest& request) override;
  void deleteVolume(const RequestContext& context, const VolumeId& volumeId) override;
  Page<Volume> describeVolumes(const RequestContext& context,
                               const DescribeRequest<VolumeId>& request) override;
  Snapshot createSnapshot(const RequestContext& context, const CreateSnapshotRequest& request) override;
  void deleteSnapshot(const RequestContext& context, const SnapshotId& snapshotId) override;
  Page<Snapshot> describeSnapshots(const RequestContext& context,
                                   const DescribeRequest<SnapshotId>& request) override;
  Attachment attachVolume(const RequestContext& context, const AttachVolumeRequest& request) override;
  /// Answers the attachment as it was last, with the status detaching (as EC2 shows it).
  Attachment detachVolume(const RequestContext& context, const DetachVolumeRequest& request) override;

  void volumeStatusChanged(const RequestId& requestId, const VolumeId& volumeId, VolumeStatus status,
                           const std::optional<std::string>& reason) override;

  /// What administrators ask, and the reconciliation. Lives as long as the Coordinator.
  VbsAdmin& administration();

  /// True when operations can be taken: the metadata answer and stop() was not called. Quick.
  bool healthy();

  /// From now on new operations are refused with Busy. Those that run get `grace` to end. Then they stop
  /// between two steps, and the next start brings them to their end. Returns at most a second or two after
  /// the grace. False when a delegate call still runs; the destructor would wait for it.
  bool stop(std::chrono::milliseconds grace);

private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vbs
