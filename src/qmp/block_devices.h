#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/model/ids.h"

namespace vbs::qmp {

/// A volume as QEMU holds it. Two names in QEMU tell all that VBS must know, so nothing else is stored. The
/// block node has the volume's name. The device has the name of the VM device with the prefix "vbs-", which
/// keeps it apart from the VM's own devices.
struct BlockDevice {
  VolumeId volumeId;
  /// None when QEMU holds the volume but shows it to no guest: an attach that was cut short, or a detach from
  /// a target that was gone.
  std::optional<VmDevice> vmDevice;
  /// "iscsi://HOST:PORT/IQN/LUN", or QEMU's own words where it is not logged in by iSCSI.
  std::string url;
  /// By which QEMU logs in, as far as it was told one.
  std::optional<TargetName> initiatorName;
};

/// QEMU's id of the device that shows a volume as `vmDevice`.
std::string qemuDeviceId(const VmDevice& vmDevice);

/// The volumes in a VM, from the answers to query-block and query-named-block-nodes. Devices and nodes that
/// are not ours are left out.
std::vector<BlockDevice> readBlockDevices(const nlohmann::json& blocks, const nlohmann::json& nodes);

}  // namespace vbs::qmp
