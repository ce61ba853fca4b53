#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/api/volume_delegate.h"
#include "common/command/command_runner.h"
#include "common/command/live_command_file.h"
#include "common/delegate/admission.h"
#include "common/delegate/call.h"
#include "common/delegate/commanders.h"
#include "common/delegate/host_actions.h"
#include "common/system/thread_scheduler.h"
#include "volume_delegate/copies.h"

namespace vbs::volume_delegate {

struct Settings {
  // What describeDelegate answers.
  std::string version;
  DelegateId identity;
  /// How long a call waits for another call about the same volume, and a deletion for a copy to end.
  std::chrono::milliseconds patience = std::chrono::minutes(1);
  int copiesAtOnce = 2;  ///< copies that run at the same time; more wait their turn
};

/// The Volume Delegate as a command adapter: it lets calls in and makes them with the actions of the pattern
/// file. Holds no state but what runs now. Thread-safe.
class CommandVolumeDelegate : public VolumeDelegate {
public:
  /// `file`, `runner` and `listener` (which may be null) must outlive it.
  CommandVolumeDelegate(command::LiveCommandFile& file, command::CommandRunner& runner,
                        VolumeStatusListener* listener, Settings settings,
                        system::Scheduler& scheduler = system::threadScheduler());

  VolumeDelegateDescription describeDelegate(const RequestId& requestId, const Commander& service) override;
  CreateVolumeOutcome createVolume(const OperationContext& context, const VolumeId& volumeId, SizeGiB size,
                                   const std::optional<SnapshotId>& snapshotId) override;
  void deleteVolume(const OperationContext& context, const VolumeId& volumeId, SizeGiB size) override;
  void createSnapshot(const OperationContext& context, const SnapshotId& snapshotId, const VolumeId& volumeId,
                      SizeGiB size) override;
  void deleteSnapshot(const OperationContext& context, const SnapshotId& snapshotId, const VolumeId& volumeId,
                      SizeGiB size) override;
  VolumeExport exportVolume(const OperationContext& context, const VolumeId& volumeId,
                            const std::optional<TargetIdentity>& target,
                            const VmmHostname& vmmHostname) override;
  void unexportVolume(const OperationContext& context, const VolumeId& volumeId,
                      const std::optional<TargetIdentity>& target,
                      const std::optional<VmmHostname>& lostHost) override;
  std::vector<CopyStatus> describeCopies(const RequestId& requestId,
                                         const std::vector<VolumeId>& volumeIds) override;
  VolumeServerInventory inventory(const RequestId& requestId) override;
  Capacity capacity(const RequestId& requestId) override;

  /// Tells the background copies to end, and does not wait. Calls that run go on to their end.
  void requestStop();
  /// The same; returns when the copies are gone.
  void stop();

private:
  template <class Context>
  delegate::Call begin(const Context& context, const std::string& resource);

  command::LiveCommandFile& file_;
  delegate::HostActions actions_;
  const Settings settings_;
  delegate::Admission admission_;
  delegate::Commanders commanders_;
  Copies copies_;
};

}  // namespace vbs::volume_delegate
