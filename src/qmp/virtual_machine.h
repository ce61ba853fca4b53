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
#include "qmp/target_login.h"

namespace vbs::qmp {

/// What a guest sees a volume as.
enum class Bus {
  Scsi,    ///< a disk of the VM's virtio-scsi controller: unplugged at once, without asking the guest
  Virtio,  ///< a virtio-blk device of its own: unplugged when the guest agrees
};

/// What shall be where in a VM.
struct Attachment {
  VolumeId volumeId;
  VmDevice vmDevice;
  IscsiUrl url;
  std::optional<TargetName> initiatorName;  ///< QEMU's own when absent
  Bus bus = Bus::Scsi;
};

/// How a volume left a VM.
enum class Departure {
  Complete,   ///< nothing is left of it
  StillHeld,  ///< no guest sees it, but QEMU goes on trying to log in to its target, which is gone
};

/// A running VM, to plug volumes into. Holds the VM's lock for as long as it lives. Besides what each call
/// says, all throw as Client does. Not thread-safe.
///
/// QEMU cannot log out of a target that does not answer: it flushes on its main thread before it logs out.
/// Until the target is back, the whole VM stands still. So targets are asked first, by a TargetCheck, before
/// QEMU is made to talk to them.
class VirtualMachine {
public:
  /// Nothing when nobody listens on `socket`: the VM is not running. Throws Error{InvalidParameter} when not
  /// even the socket's directory is there, which does not come from a stopped VM.
  static std::optional<VirtualMachine> open(const std::filesystem::path& socket, Deadline deadline,
                                            TargetCheck check = tryLogin);

  /// Logs QEMU in to the volume and shows it to the guest as a disk with the volume's id as its serial
  /// number. Uses the login that an attach or detach has left. False when just that was there already. When
  /// QEMU refuses a step, takes back its own earlier ones and throws Refusal. Throws Error:
  /// - DeviceInUse when another volume holds the device, or another device or URL the volume,
  /// - CommandFailed when the target does not let this host in,
  /// - Timeout when the target does not answer.
  bool attach(const Attachment& attachment, Deadline deadline);

  /// Takes the disk from the guest, waits until it is gone, and logs QEMU out. Does nothing when the volume
  /// is not in this VM. From a target that is gone QEMU cannot log out (StillHeld). Throws Error:
  /// - VolumeInUse when the guest does not let go by `deadline`, or has I/O under way to a target that is
  ///   gone. Then it is still attached and QEMU still logged in.
  /// - DeviceInUse when the volume is attached as another device,
  /// - Timeout when the target's portal does not answer: nothing was done.
  Departure detach(const VolumeId& volumeId, const VmDevice& vmDevice, Deadline deadline);

  /// Logs QEMU out of a volume that it still holds after a detach, once its target is there again. True when
  /// it did. Leaves alone what a guest sees.
  bool forget(const VolumeId& volumeId, Deadline deadline);

  std::vector<BlockDevice> devices(Deadline deadline);

private:
  VirtualMachine(SocketLock lock, Client client, std::string name, TargetCheck check)
      : lock_(std::move(lock)),
        client_(std::move(client)),
        name_(std::move(name)),
        check_(std::move(check)) {}

  enum class Found { Nothing, Login, Device };
  /// What there is of the attachment already. Throws when something else is in its place.
  Found look(const Attachment& wanted, Deadline deadline);
  void requireLogin(const Attachment& wanted, Deadline deadline);
  void logIn(const Attachment& wanted, Deadline deadline);
  void plug(const Attachment& wanted, Deadline deadline);
  void logOut(const VolumeId& volumeId, Deadline deadline);
  /// How the target answers that QEMU logged in to for this volume.
  Login ask(const BlockDevice& device, Deadline deadline) const;

  std::optional<BlockDevice> find(const VolumeId& volumeId, Deadline deadline);
  /// False as soon as an unplug has begun; the device stays listed, and its volume open, until it has ended.
  bool isPlugged(const VmDevice& vmDevice, Deadline deadline);
  void unplug(const VmDevice& vmDevice, Deadline deadline);
  /// Throws when the guest has I/O under way on the controller of the device.
  void requireIdle(const BlockDevice& device, Deadline deadline);
  int requestsInFlight(const VmDevice& vmDevice, Deadline deadline);
  /// QEMU's path to the virtio device whose queues carry the requests: a SCSI disk shares its controller's.
  std::string controllerOf(const VmDevice& vmDevice, Deadline deadline);
  void waitUntilReleased(const VolumeId& volumeId, const VmDevice& vmDevice, Deadline deadline);

  SocketLock lock_;
  Client client_;
  std::string name_;
  TargetCheck check_;
};

}  // namespace vbs::qmp
