#include "qmp/virtual_machine.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace vbs::qmp {
namespace {

using nlohmann::json;

// How often a device that is going is looked for where its event was missed (it went before we listened).
constexpr std::chrono::milliseconds kLookAgain{20};

// How long a target may take to answer a login.
constexpr std::chrono::seconds kLoginPatience{10};

// How long a guest may take to end its I/O.
constexpr std::chrono::seconds kIdlePatience{5};

// For the questions that tell whether a guest let go in time, and for logging out when it did.
constexpr std::chrono::seconds kReserve{2};

Deadline patient(Deadline deadline) {
  return std::min(deadline, std::chrono::steady_clock::now() + kLoginPatience);
}

}  // namespace

std::optional<VirtualMachine> VirtualMachine::open(const std::filesystem::path& socket, Deadline deadline,
                                                   TargetCheck check) {
  const auto directory = std::filesystem::absolute(socket).parent_path();
  if (!std::filesystem::is_directory(directory)) {
    throw Error(ErrorCode::InvalidParameter, directory.string() + " is no directory: check --socket " +
                                                 socket.string() + " against QEMU's -qmp option");
  }
  if (!std::filesystem::exists(socket)) return std::nullopt;
  SocketLock lock(socket, deadline);
  auto client = Client::connect(socket, deadline);
  if (!client) return std::nullopt;
  return VirtualMachine(std::move(lock), std::move(*client), socket.stem().string(), std::move(check));
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

bool VirtualMachine::attach(const Attachment& wanted, Deadline deadline) {
  const Found found = look(wanted, deadline);
  if (found == Found::Device) return false;
  requireLogin(wanted, deadline);
  if (found == Found::Nothing) logIn(wanted, deadline);
  try {
    plug(wanted, deadline);
  } catch (const Refusal&) {
    if (found == Found::Nothing) logOut(wanted.volumeId, deadline);
    throw;
  }
  const auto now = find(wanted.volumeId, deadline);
  if (!now || now->vmDevice != wanted.vmDevice) {
    throw Error(ErrorCode::InternalError,
                "QEMU took device " + wanted.vmDevice.str() + " for VM " + name_ + " but does not show it");
  }
  return true;
}

VirtualMachine::Found VirtualMachine::look(const Attachment& wanted, Deadline deadline) {
  Found found = Found::Nothing;
  for (const BlockDevice& device : devices(deadline)) {
    const bool sameDevice = device.vmDevice == wanted.vmDevice;
    if (device.volumeId != wanted.volumeId) {
      if (!sameDevice) continue;
      throw Error(ErrorCode::DeviceInUse, "device " + wanted.vmDevice.str() + " of VM " + name_ +
                                              " is held by volume " + device.volumeId.str() +
                                              ": detach that one, or choose another device");
    }
    const bool sameUrl = device.url == toString(wanted.url);
    if (device.vmDevice && (!sameDevice || !sameUrl)) {
      throw Error(ErrorCode::DeviceInUse, "volume " + wanted.volumeId.str() + " is attached to VM " + name_ +
                                              " as device " + device.vmDevice->str() + " from " + device.url +
                                              " already: detach it first");
    }
    if (device.vmDevice && isPlugged(wanted.vmDevice, deadline)) return Found::Device;
    if (device.vmDevice) waitUntilReleased(wanted.volumeId, wanted.vmDevice, deadline);
    if (sameUrl && device.initiatorName == wanted.initiatorName) {
      found = Found::Login;
    } else if (!forget(wanted.volumeId, deadline)) {
      throw Error(ErrorCode::DeviceInUse, "VM " + name_ + " still holds volume " + wanted.volumeId.str() +
                                              " from " + device.url +
                                              ", which does not let it log out: end the VM");
    }
  }
  return found;
}

void VirtualMachine::requireLogin(const Attachment& wanted, Deadline deadline) {
  const Login login = check_(wanted.url, wanted.initiatorName, patient(deadline));
  if (login.outcome == Login::Outcome::Granted) return;
  const std::string portal = "the portal " + wanted.url.portal.str();
  if (login.outcome == Login::Outcome::Refused) {
    throw Error(ErrorCode::CommandFailed, portal + " does not let this host in to " +
                                              wanted.url.targetName.str() + ": " + login.reason);
  }
  throw Error(ErrorCode::Timeout, portal + " cannot be reached from this host: " + login.reason);
}

void VirtualMachine::plug(const Attachment& wanted, Deadline deadline) {
  client_.execute("device_add",
                  {{"driver", wanted.bus == Bus::Scsi ? "scsi-hd" : "virtio-blk-pci"},
                   {"id", qemuDeviceId(wanted.vmDevice)},
                   {"drive", wanted.volumeId.str()},
                   {"serial", wanted.volumeId.str()}},
                  deadline);
}

Departure VirtualMachine::detach(const VolumeId& volumeId, const VmDevice& vmDevice, Deadline deadline) {
  const auto device = find(volumeId, deadline);
  if (!device) return Departure::Complete;
  if (device->vmDevice && *device->vmDevice != vmDevice) {
    throw Error(ErrorCode::DeviceInUse, "volume " + volumeId.str() + " is attached to VM " + name_ +
                                            " as device " + device->vmDevice->str() + ", not as " +
                                            vmDevice.str());
  }
  const Login login = ask(*device, deadline);
  if (login.outcome == Login::Outcome::NoAnswer) {
    throw Error(ErrorCode::Timeout, "the target of volume " + volumeId.str() + " (" + device->url +
                                        ") does not answer (" + login.reason + "), and VM " + name_ +
                                        " would stand still when it was to log out; nothing was done. "
                                        "Bring the target back and detach again, or end the VM");
  }
  const bool targetIsGone = login.outcome == Login::Outcome::Refused;
  if (device->vmDevice) {
    if (isPlugged(vmDevice, deadline)) {
      if (targetIsGone) requireIdle(*device, deadline);
      unplug(vmDevice, deadline);
    }
    waitUntilReleased(volumeId, vmDevice, deadline);
  }
  if (targetIsGone) return Departure::StillHeld;
  logOut(volumeId, deadline + kReserve);
  return Departure::Complete;
}

bool VirtualMachine::forget(const VolumeId& volumeId, Deadline deadline) {
  const auto device = find(volumeId, deadline);
  if (!device || device->vmDevice || ask(*device, deadline).outcome != Login::Outcome::Granted) return false;
  logOut(volumeId, deadline);
  return true;
}

Login VirtualMachine::ask(const BlockDevice& device, Deadline deadline) const {
  std::optional<IscsiUrl> url;
  try {
    url = parseIscsiUrl(device.url);
  } catch (const Error&) {
    return {Login::Outcome::Granted, {}};  // not by iSCSI: nothing to ask
  }
  return check_(*url, device.initiatorName, patient(deadline));
}

void VirtualMachine::requireIdle(const BlockDevice& device, Deadline deadline) {
  const auto giveUp = std::min(deadline, std::chrono::steady_clock::now() + kIdlePatience);
  while (requestsInFlight(*device.vmDevice, deadline + kReserve) > 0) {
    if (isPast(giveUp)) {
      throw Error(
          ErrorCode::VolumeInUse,
          "the guest in VM " + name_ + " has I/O under way that the target of volume " +
              device.volumeId.str() + " (" + device.url +
              ") will not answer, as it does not let this host in any more; unplugging device " +
              device.vmDevice->str() +
              " would make the VM stand still, so nothing was done. It ends with the VM: end that, and "
              "detach again");
    }
    client_.waitForEvent(std::min(giveUp, std::chrono::steady_clock::now() + kLookAgain));
  }
}

int VirtualMachine::requestsInFlight(const VmDevice& vmDevice, Deadline deadline) {
  try {
    const std::string device = controllerOf(vmDevice, deadline);
    const json status = client_.execute("x-query-virtio-status", {{"path", device}}, deadline);
    int requests = 0;
    for (int queue = 0; queue < status.value("num-vqs", 0); ++queue) {
      const json arguments{{"path", device}, {"queue", queue}};
      requests += client_.execute("x-query-virtio-queue-status", arguments, deadline).value("inuse", 0);
    }
    return requests;
  } catch (const Refusal& refusal) {
    if (refusal.errorClass() != "CommandNotFound") throw;
    return 0;  // QEMU tells it from 7.2 on
  }
}

std::string VirtualMachine::controllerOf(const VmDevice& vmDevice, Deadline deadline) {
  constexpr std::string_view kVirtio = "/virtio-backend";
  const std::string device = "/machine/peripheral/" + qemuDeviceId(vmDevice);
  const std::string bus =
      client_.execute("qom-get", {{"path", device}, {"property", "parent_bus"}}, deadline).get<std::string>();
  const auto end = bus.find(kVirtio);
  return end == std::string::npos ? device + std::string(kVirtio) : bus.substr(0, end + kVirtio.size());
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
    // It went between our question and our request, or it was asked for before and the guest has not decided
    // yet.
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
  const auto giveUp = std::min(deadline, std::chrono::steady_clock::now() + kReserve);
  for (;;) {
    try {
      client_.execute("blockdev-del", {{"node-name", volumeId.str()}}, deadline);
      return;
    } catch (const Refusal& refusal) {
      // A PCI device that its guest has let go is taken down a moment later.
      const bool isLeaving = std::string_view(refusal.what()).find("is in use") != std::string_view::npos;
      if (!isLeaving || isPast(giveUp)) throw;
    }
    client_.waitForEvent(std::min(giveUp, std::chrono::steady_clock::now() + kLookAgain));
  }
}

}  // namespace vbs::qmp
