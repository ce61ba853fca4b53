#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/api/context.h"
#include "common/api/delegate_identity.h"
#include "common/model/ids.h"
#include "common/model/listing.h"
#include "common/model/size.h"
#include "common/model/target.h"

namespace vbs {

// wsdl/volume-delegate.wsdl in C++.

/// What a delegate is and can do; answered without running a command.
struct VolumeDelegateDescription {
  std::string version;
  /// The pattern file has target actions: exportVolume wants a target id and a target name. False for stacks
  /// that reach volumes without targets (Ceph RBD, a shared file system).
  bool usesTargets = true;
  DelegateIdentity identity = {};
};

enum class CreateVolumeOutcome {
  Available,  ///< the volume is ready
  Pending,    ///< the copy from the snapshot runs in the background; see describeCopies
};

/// The identity that a volume's target has or shall have; both are set where the delegate uses targets.
struct TargetIdentity {
  TargetId targetId;
  TargetName targetName;
  bool operator==(const TargetIdentity&) const = default;
};

/// How a VM host reaches an exported volume. Empty where no target is used.
struct VolumeExport {
  std::optional<Portal> portal;
  std::optional<Lun> lun;
  bool operator==(const VolumeExport&) const = default;
};

enum class CopyState { Pending, Done, Failed, Unknown };

struct CopyStatus {
  VolumeId volumeId;
  CopyState state;
  std::optional<int> progressPercent;  ///< 0..100, when known
  std::optional<std::string> reason;   ///< why it failed
};

/// What exists on the volume server, as its commands list it. Names that are no ids of ours are left out;
/// what a stack's listing does not show is absent.
struct VolumeServerInventory {
  struct Volume {
    VolumeId volumeId;
    std::optional<std::int64_t> sizeBytes = std::nullopt;
    auto operator<=>(const Volume&) const = default;
  };
  struct Snapshot {
    SnapshotId snapshotId;
    /// Why it cannot be read any more (its copy-on-write area is full, say), in the stack's own words.
    std::optional<std::string> defect = std::nullopt;
    std::optional<VolumeId> volumeId = std::nullopt;  ///< what it is a snapshot of
    std::optional<std::int64_t> sizeBytes = std::nullopt;
    auto operator<=>(const Snapshot&) const = default;
  };
  struct Target {
    std::optional<TargetId> targetId;  ///< where the stack has target ids
    TargetName targetName;
    std::optional<VolumeId> volumeId = std::nullopt;  ///< what it serves
    auto operator<=>(const Target&) const = default;
  };
  Listing<Volume> volumes = {};
  Listing<Snapshot> snapshots = {};
  Listing<Target> targets = {};
  /// The listing of targets tells what they serve. Then a target without a volumeId serves nothing of ours.
  bool showsWhatTargetsServe = false;
  /// The target ids of others: they are not to be given.
  std::vector<TargetId> foreignTargetIds = {};
};

struct Capacity {
  std::int64_t totalBytes;
  std::int64_t freeBytes;
};

/// The Volume Delegate: what runs on the volume server. Implemented by CommandVolumeDelegate (the program
/// itself) and by the SOAP client of it. Every call is idempotent: creating what exists and deleting what is
/// absent succeeds. Calls for one volume are serialised by the delegate. Throws Error (CommandFailed,
/// InsufficientCapacity, InvalidParameter, IncorrectState, Timeout; from the client also
/// DelegateUnreachable). Thread-safe.
class VolumeDelegate {
public:
  virtual ~VolumeDelegate() = default;

  /// `service`: who asks; the answer tells whether others command this delegate too.
  virtual VolumeDelegateDescription describeDelegate(const RequestId& requestId,
                                                     const Commander& service) = 0;

  /// With a snapshot, starts the copy and returns Pending at once, or Available where the stack clones at
  /// once. Asked again while that copy runs, returns Pending and starts nothing. When nothing is known of a
  /// copy, starts it over.
  virtual CreateVolumeOutcome createVolume(const OperationContext& context, const VolumeId& volumeId,
                                           SizeGiB size, const std::optional<SnapshotId>& snapshotId) = 0;
  /// Ends a copy into the volume first.
  virtual void deleteVolume(const OperationContext& context, const VolumeId& volumeId, SizeGiB size) = 0;
  virtual void createSnapshot(const OperationContext& context, const SnapshotId& snapshotId,
                              const VolumeId& volumeId, SizeGiB size) = 0;
  virtual void deleteSnapshot(const OperationContext& context, const SnapshotId& snapshotId,
                              const VolumeId& volumeId, SizeGiB size) = 0;

  /// `vmmHostname`: the VM host that the export is for. A stack that can lets no other host in.
  virtual VolumeExport exportVolume(const OperationContext& context, const VolumeId& volumeId,
                                    const std::optional<TargetIdentity>& target,
                                    const VmmHostname& vmmHostname) = 0;
  /// `lostHost`: the VM host that held the volume and was lost. It is cut off first (action fence). So the
  /// volume can be given to another host although this one may still be alive.
  virtual void unexportVolume(const OperationContext& context, const VolumeId& volumeId,
                              const std::optional<TargetIdentity>& target,
                              const std::optional<VmmHostname>& lostHost) = 0;

  /// One answer for each id asked for; all copies that are known when none is.
  virtual std::vector<CopyStatus> describeCopies(const RequestId& requestId,
                                                 const std::vector<VolumeId>& volumeIds) = 0;
  /// Throws only when nothing could be asked at all: a list command that failed makes its listing unknown.
  virtual VolumeServerInventory inventory(const RequestId& requestId) = 0;
  virtual Capacity capacity(const RequestId& requestId) = 0;
};

}  // namespace vbs
