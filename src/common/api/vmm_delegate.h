#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/api/context.h"
#include "common/api/delegate_identity.h"
#include "common/model/ids.h"
#include "common/model/listing.h"
#include "common/model/prior_finding.h"
#include "common/model/size.h"
#include "common/model/target.h"

namespace vbs {

// wsdl/vmm-delegate.wsdl in C++.

/// An exported volume and the place in a VM that it goes to. detachVolume tells what it can do without.
struct VmAttachment {
  VolumeId volumeId;
  std::optional<TargetName> targetName;  ///< absent, with portal and lun, where no target is used
  std::optional<Portal> portal;
  std::optional<Lun> lun;
  std::optional<VmId> vmId;          ///< absent in detachVolume only
  std::optional<VmDevice> vmDevice;  ///< the same; never without vmId
  /// For attachVolume: what the device on the host is checked against, where the pattern file does so.
  std::optional<SizeGiB> size = std::nullopt;
  /// For detachVolume: the volume was given to the VM, so it counts as detached only when it was taken from
  /// the VM. False or absent: not so, or not known (an older program attached it, or it was found).
  std::optional<bool> isInVm = std::nullopt;
  /// What the host had of the volume before it was attached. An attach that fails, and its undo by
  /// detachVolume, leave that in place.
  /// Absent in attachVolume: an attachment whose VM runs is repaired, and nothing is taken back.
  /// Absent in detachVolume: all of the attachment is taken away.
  std::optional<PriorFinding> before = std::nullopt;
  bool operator==(const VmAttachment&) const = default;
};

/// What attachVolume has done.
struct VmPlace {
  std::string hostDevice;  ///< where the volume appears on the host: a path, or a reference such as iscsi://
  bool isInVm = true;      ///< false where volumes end at the host itself (no vm.attach)
  bool operator==(const VmPlace&) const = default;
};

/// What detachVolume has left.
struct VmRelease {
  /// After the undo of an attach: the host was connected to the volume before that, and still is.
  bool isConnected = false;
  bool operator==(const VmRelease&) const = default;
};

/// What a VMM Delegate is; answered without running a command.
struct VmmDelegateDescription {
  std::string version;
  DelegateIdentity identity;
  bool operator==(const VmmDelegateDescription&) const = default;
};

/// What exists on a VM host, as its commands list it. Fields that a stack's listing does not show are absent.
struct VmHostInventory {
  struct Session {
    std::optional<TargetName> targetName;
    std::optional<VolumeId> volumeId;
    std::optional<Portal> portal = std::nullopt;
    std::optional<Lun> lun = std::nullopt;
    /// Why it does not work any more, in the stack's own words. Absent: nothing is known against it.
    std::optional<std::string> defect = std::nullopt;
    auto operator<=>(const Session&) const = default;
  };
  struct Device {
    std::optional<VolumeId> volumeId;
    std::optional<VmId> vmId;
    std::optional<VmDevice> vmDevice;
    std::optional<std::string> hostDevice;
    auto operator<=>(const Device&) const = default;
  };
  /// Absent where volumes reach the host without connecting it.
  std::optional<Listing<Session>> sessions = std::nullopt;
  /// Absent where volumes end at the host itself.
  std::optional<Listing<Device>> devices = std::nullopt;
};

/// The VMM Delegate: what runs on a VM host. Implemented by CommandVmmDelegate (the program itself) and by
/// the SOAP client of it. Idempotent, serialised per volume, thread-safe, and it throws as VolumeDelegate
/// does.
class VmmDelegate {
public:
  virtual ~VmmDelegate() = default;

  /// `service`: who asks; the answer tells whether others command this delegate too.
  virtual VmmDelegateDescription describeDelegate(const RequestId& requestId, const Commander& service) = 0;

  /// Connects the host to the volume, waits for the device, checks it, and gives it to the VM. When a step
  /// fails, takes back what this call has made before it throws. What was there before it stays, as a VM may
  /// run on it (VmAttachment::before). Throws InvalidParameter without vmId and vmDevice.
  virtual VmPlace attachVolume(const OperationContext& context, const VmAttachment& attachment) = 0;

  /// Takes the device from the VM, waits until the VM has let go, and disconnects the host. A VM or device
  /// that is already gone counts as detached. With `before` it undoes an attach and leaves what was there
  /// before that. For what is there without the rest of an attachment:
  /// - Without vmId only the host is disconnected. The caller knows that no VM has the volume.
  /// - Without targetName, where disconnecting needs one, only the device is taken from the VM.
  /// Throws InvalidParameter when nothing is left to do, and when a command needs what is absent. Throws
  /// CommandFailed when
  /// - the volume was given to the VM, and the pattern file has no way to take it from there,
  /// - it is not certain that no VM needs what the undo takes away.
  virtual VmRelease detachVolume(const OperationContext& context, const VmAttachment& attachment) = 0;

  /// Throws only when nothing could be asked at all: a list command that failed makes its listing unknown.
  virtual VmHostInventory inventory(const RequestId& requestId) = 0;
};

}  // namespace vbs
