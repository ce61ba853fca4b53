#include "qmp/virtual_machine.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "qmp/portal_check.h"

namespace vbs::qmp {
namespace {

using nlohmann::json;

// How often a device that is going is looked for where its event was missed (it went before we listened).
constexpr std::chrono::milliseconds kLookAgain{20};

// For the questions that tell whether a guest let go in time, and for logging out when it did.
constexpr std::chrono::seconds kReserve{2};

}  // namespace

std::optional<VirtualMachine> VirtualMachine::open(const std::filesystem::path& socket, Deadline deadline) {
  const auto directory = std::filesystem::absolute(socket).parent_path();
  if (!std::filesystem::is_directory(directory)) {
    throw Error(ErrorCode::InvalidParameter, directory.string() + " is no directory: check --socket " +
                                                 socket.string() + " against QEMU's -qmp option");
  }
  if (!std::filesystem::exists(socket)) return std::nullopt;
  SocketLock lock(socket, deadline);
  auto client = Client::connect(socket, deadline);
  if (!client) return std::nullopt;
  return VirtualMachine(std::move(lock), std::move(*client), socket.stem().string());
}

std::vector<BlockDevice> VirtualMachine::devices(Deadline deadline) {
  const json nodes = client_.execute("query-named-block-nodes", {{"flat", true}}, deadline);
  return readBlockDevices(client_.execute("query-block", json::object(), deadline), nodes);
}

std::optional<BlockDevice> VirtualMachine::find(const VolumeId& volumeId, Deadline deadline) {
  for (auto& device : devices(deadline)) {
    if (device.volumeId == volumeId) return std::move(device);
  }
  return std::nullopt;
}

void VirtualMachine::attach(const Attachment& wanted, Deadline deadline) {
  const bool there = makeWayFor(wanted, deadline);
  if (there) return;

  requirePortal(wanted.url.portal, deadline);
  logIn(wanted, deadline);
  try {
    client_.execute("device_add",
                    {{"driver", "scsi-hd"},
                     {"id", qemuDeviceId(wanted.vmDevice)},
                     {"drive", wanted.volumeId.str()},
                     {"serial", wanted.volumeId.str()}},
                    deadline);
  } catch (const Refusal&) {
    logOut(wanted.volumeId, deadline);
    throw;
  }
  const auto now = find(wanted.volumeId, deadline);
  if (!now || now->vmDevice != wanted.vmDevice) {
    throw Error(ErrorCode::InternalError,
                "QEMU took device " + wanted.vmDevice.str() + " for VM " + name_ + " but does not show it");
  }
}

bool VirtualMachine::makeWayFor(const Attachment& wanted, Deadline deadline) {
  for (const BlockDevice& device : devices(deadline)) {
    const bool sameDevice = device.vmDevice == wanted.vmDevice;
    if (device.volumeId != wanted.volumeId) {
      if (!sameDevice) continue;
      throw Error(ErrorCode::DeviceInUse, "device " + wanted.vmDevice.str() + " of VM " + name_ +
                                              " is held by volume " + device.volumeId.str() +
                                              ": detach that one, or choose another device");
    }
    if (device.vmDevice && (!sameDevice || device.url != toString(wanted.url))) {
      throw Error(ErrorCode::DeviceInUse, "volume " + wanted.volumeId.str() + " is attached to VM " + name_ +
                                              " as device " + device.vmDevice->str() + " from " + device.url +
                                              " already: detach it first");
    }
    if (device.vmDevice && isPlugged(wanted.vmDevice, deadline)) return true;
    if (device.vmDevice) waitUntilReleased(wanted.volumeId, wanted.vmDevice, deadline);
    logOut(wanted.volumeId, deadline);
  }
  return false;
}

void VirtualMachine::detach(const VolumeId& volumeId, const VmDevice& vmDevice, Deadline deadline) {
  const auto device = find(volumeId, deadline);
  if (!device) return;
  if (device->vmDevice && *device->vmDevice != vmDevice) {
    throw Error(ErrorCode::DeviceInUse, "volume " + volumeId.str() + " is attached to VM " + name_ +
                                            " as device " + device->vmDevice->str() + ", not as " +
                                            vmDevice.str());
  }
  if (device->vmDevice) {
    if (isPlugged(vmDevice, deadline)) unplug(vmDevice, deadline);
    waitUntilReleased(volumeId, vmDevice, deadline);
  }
  logOut(volumeId, deadline + kReserve);
}

bool VirtualMachine::isPlugged(const VmDevice& vmDevice, Deadline deadline) {
  const json entries = client_.execute("qom-list", {{"path", "/machine/peripheral"}}, deadline);
  return std::any_of(entries.begin(), entries.end(),
                     [&](const json& entry) { return entry.value("name", "") == qemuDeviceId(vmDevice); });
}

void VirtualMachine::unplug(const VmDevice& vmDevice, Deadline deadline) {
  try {
    client_.execute("device_del", {{"id", qemuDeviceId(vmDevice)}}, deadline);
  } catch (const Refusal& refusal) {
    // It went between our question and our wish, or was asked for before and the guest still ponders it.
    const bool isGoing = refusal.errorClass() == "DeviceNotFound" ||
                         std::string_view(refusal.what()).find("process of unplug") != std::string_view::npos;
    if (!isGoing) throw;
  }
}

void VirtualMachine::waitUntilReleased(const VolumeId& volumeId, const VmDevice& vmDevice,
                                       Deadline deadline) {
  for (;;) {
    const auto device = find(volumeId, deadline + kReserve);
    if (!device || !device->vmDevice) return;
    if (isPast(deadline)) {
      throw Error(ErrorCode::VolumeInUse,
                  "the guest in VM " + name_ + " did not let go of device " + vmDevice.str() + " (volume " +
                      volumeId.str() +
                      ") in time; QEMU still holds it and nothing else was taken down. "
                      "Unmount it in the guest and detach again");
    }
    client_.waitForEvent(std::min(deadline, std::chrono::steady_clock::now() + kLookAgain));
  }
}

void VirtualMachine::logIn(const Attachment& wanted, Deadline deadline) {
  json node = {{"node-name", wanted.volumeId.str()},
               {"driver", "iscsi"},
               {"transport", "tcp"},
               {"portal", wanted.url.portal.str()},
               {"target", wanted.url.targetName.str()},
               {"lun", wanted.url.lun.number()}};
  if (wanted.initiatorName) node["initiator-name"] = wanted.initiatorName->str();
  client_.execute("blockdev-add", node, deadline);
}

void VirtualMachine::logOut(const VolumeId& volumeId, Deadline deadline) {
  client_.execute("blockdev-del", {{"node-name", volumeId.str()}}, deadline);
}

}  // namespace vbs::qmp
