#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/model/ids.h"
#include "qmp/block_devices.h"
#include "qmp/client.h"
#include "qmp/deadline.h"
#include "qmp/iscsi_url.h"
#include "qmp/socket_lock.h"

namespace vbs::qmp {

/// What shall be where in a VM.
struct Attachment {
  VolumeId volumeId;
  VmDevice vmDevice;
  IscsiUrl url;
  std::optional<TargetName> initiatorName;  ///< QEMU's own when absent
};

/// A running VM with a virtio-scsi controller, to plug volumes into. Holds the VM's lock for as long as it
/// lives. Besides what each call says, all throw as Client does. Not thread-safe.
class VirtualMachine {
public:
  /// Nothing when nobody listens on `socket`: the VM is not running. Throws Error{InvalidParameter} when not
  /// even the socket's directory is there, which a stopped VM does not explain.
  static std::optional<VirtualMachine> open(const std::filesystem::path& socket, Deadline deadline);

  /// Logs QEMU in to the volume and shows it to the guest as a SCSI disk with the volume's id as its serial
  /// number. Does nothing when just that is there already; mends what an attach that was cut short left
  /// behind. When QEMU refuses a step, takes its own earlier ones back and throws Refusal. Throws
  /// Error{DeviceInUse} when another volume holds the device, or another device or URL the volume.
  void attach(const Attachment& attachment, Deadline deadline);

  /// Takes the disk from the guest, waits until it is gone, logs QEMU out. Does nothing when the volume is
  /// not in this VM. Throws Error{VolumeInUse} when the guest does not let go by `deadline` (then it is still
  /// attached and QEMU still logged in), Error{DeviceInUse} when the volume is attached as another device.
  void detach(const VolumeId& volumeId, const VmDevice& vmDevice, Deadline deadline);

  std::vector<BlockDevice> devices(Deadline deadline);

private:
  VirtualMachine(SocketLock lock, Client client, std::string name)
      : lock_(std::move(lock)), client_(std::move(client)), name_(std::move(name)) {}

  /// True when just this is attached already. Removes what a cut-short attach of the volume left behind.
  bool makeWayFor(const Attachment& wanted, Deadline deadline);
  void logIn(const Attachment& wanted, Deadline deadline);
  void logOut(const VolumeId& volumeId, Deadline deadline);

  std::optional<BlockDevice> find(const VolumeId& volumeId, Deadline deadline);
  /// False as soon as an unplug has begun; the device stays listed, and its volume open, until it has ended.
  bool isPlugged(const VmDevice& vmDevice, Deadline deadline);
  void unplug(const VmDevice& vmDevice, Deadline deadline);
  void waitUntilReleased(const VolumeId& volumeId, const VmDevice& vmDevice, Deadline deadline);

  SocketLock lock_;
  Client client_;
  std::string name_;
};

}  // namespace vbs::qmp
