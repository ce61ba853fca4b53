#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/api/context.h"
#include "common/model/ids.h"
#include "common/model/size.h"
#include "common/model/target.h"

namespace vbs {

// wsdl/vmm-delegate.wsdl in C++.

/// An exported volume and the place in a VM that it goes to. What detachVolume can do without: see there.
struct VmAttachment {
  VolumeId volumeId;
  std::optional<TargetName> targetName;  ///< absent, with portal and lun, where no target is used
  std::optional<Portal> portal;
  std::optional<Lun> lun;
  std::optional<VmId> vmId;          ///< absent in detachVolume only
  std::optional<VmDevice> vmDevice;  ///< the same; never without vmId
  /// For attachVolume: what the device on the host is checked against, where the pattern file does so.
  std::optional<SizeGiB> size = std::nullopt;
  bool operator==(const VmAttachment&) const = default;
};

/// What exists on a VM host, as its commands list it. Fields that a stack's listing does not show are absent.
struct VmHostInventory {
  struct Session {
    std::optional<TargetName> targetName;
    std::optional<VolumeId> volumeId;
    std::optional<Portal> portal = std::nullopt;
    std::optional<Lun> lun = std::nullopt;
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
  std::optional<std::vector<Session>> sessions = std::nullopt;
  /// Absent where volumes end at the host itself.
  std::optional<std::vector<Device>> devices = std::nullopt;
};

/// The VMM Delegate: what runs on a VM host. Implemented by CommandVmmDelegate (the program itself) and by
/// the SOAP client of it. Idempotent, serialised per volume, thread-safe, and it throws as VolumeDelegate
/// does.
class VmmDelegate {
public:
  virtual ~VmmDelegate() = default;

  /// Connects the host to the volume, waits for the device, checks it, gives it to the VM. When a step fails,
  /// undoes its own earlier steps before it throws. Returns the host device: a path, or a reference such as
  /// an iscsi:// URL. Throws InvalidParameter without vmId and vmDevice.
  virtual std::string attachVolume(const OperationContext& context, const VmAttachment& attachment) = 0;

  /// Takes the device from the VM, waits until the VM let go, disconnects the host. A VM or device that is
  /// already gone counts as detached. For what is there without the rest of an attachment:
  /// - without vmId only the host is disconnected; the caller knows that no VM has the volume;
  /// - without targetName, where disconnecting needs one, only the device is taken from the VM.
  /// Throws InvalidParameter when that leaves nothing to do, and when a command needs what is absent.
  virtual void detachVolume(const OperationContext& context, const VmAttachment& attachment) = 0;

  virtual VmHostInventory inventory(const RequestId& requestId) = 0;
};

}  // namespace vbs
