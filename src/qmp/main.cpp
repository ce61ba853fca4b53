// vbs-qmp: plugs volumes into QEMU virtual machines over QMP and iSCSI.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/process/inherited_state.h"
#include "common/process/standard_streams.h"
#include "qmp/exit_code.h"
#include "qmp/virtual_machine.h"

namespace {

using vbs::Error;
using vbs::ErrorCode;
using vbs::qmp::ExitCode;
namespace fs = std::filesystem;

struct Options {
  std::string socket;
  std::string directory;
  std::string device;
  std::string serial;
  std::string url;
  std::string initiator;
  std::string bus = "scsi";
  bool tellAttached = false;
  int timeoutSeconds = 30;

  vbs::qmp::Deadline deadline() const {
    return std::chrono::steady_clock::now() + std::chrono::seconds(timeoutSeconds);
  }
};

void requireSocket(const Options& options) {
  if (options.socket.empty()) {
    throw Error(ErrorCode::InvalidParameter, "--socket is missing: the VM's QMP socket");
  }
}

ExitCode attach(const Options& options) {
  requireSocket(options);
  std::optional<vbs::TargetName> initiator;
  if (!options.initiator.empty()) initiator = vbs::TargetName(options.initiator);
  const auto bus = options.bus == "virtio" ? vbs::qmp::Bus::Virtio : vbs::qmp::Bus::Scsi;
  const vbs::qmp::Attachment attachment{vbs::VolumeId(options.serial), vbs::parseVmDevice(options.device),
                                        vbs::qmp::parseIscsiUrl(options.url), initiator, bus};
  const auto deadline = options.deadline();
  auto vm = vbs::qmp::VirtualMachine::open(options.socket, deadline);
  if (!vm) {
    throw Error(ErrorCode::DelegateUnreachable, "VM " + fs::path(options.socket).stem().string() +
                                                    " is not running: nobody listens on " + options.socket);
  }
  const bool isNew = vm->attach(attachment, deadline);
  return isNew || !options.tellAttached ? ExitCode::Done : ExitCode::Attached;
}

std::vector<fs::path> socketsIn(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> sockets;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".qmp") sockets.push_back(entry.path());
  }
  if (error) throw Error(ErrorCode::InvalidParameter, directory.string() + ": " + error.message());
  std::sort(sockets.begin(), sockets.end());
  return sockets;
}

/// The VM that was named, or every VM of the directory that was.
std::vector<fs::path> socketsOf(const Options& options) {
  if (options.socket.empty() == options.directory.empty()) {
    throw Error(ErrorCode::InvalidParameter, "either --socket or --directory is needed");
  }
  if (!options.socket.empty()) return {options.socket};
  return socketsIn(options.directory);
}

/// A VM that cannot be asked is left out: it may hang for other reasons, and would hold up the others.
void forgetIn(const fs::path& socket, const vbs::VolumeId& volumeId, vbs::qmp::Deadline deadline) {
  try {
    auto vm = vbs::qmp::VirtualMachine::open(socket, deadline);
    if (vm) vm->forget(volumeId, deadline);
  } catch (const Error& error) {
    std::cerr << "vbs-qmp: " << error.what() << '\n';
  }
}

void forget(const Options& options) {
  const vbs::VolumeId volumeId(options.serial);
  for (const auto& socket : socketsOf(options)) forgetIn(socket, volumeId, options.deadline());
}

void detach(const Options& options) {
  requireSocket(options);
  const vbs::VolumeId volumeId(options.serial);
  const auto vmDevice = vbs::parseVmDevice(options.device);
  const auto deadline = options.deadline();
  try {
    auto vm = vbs::qmp::VirtualMachine::open(options.socket, deadline);
    if (vm && vm->detach(volumeId, vmDevice, deadline) == vbs::qmp::Departure::StillHeld) {
      std::cerr
          << "vbs-qmp: the guest has let go of volume " << volumeId.str()
          << ". Its target is gone, so QEMU cannot log out and goes on trying to log in: that ends with "
             "the VM, or with `vbs-qmp forget` once the target is there again\n";
    }
  } catch (const vbs::qmp::VmGone&) {
    // Its devices are gone with it.
  }
  if (options.directory.empty()) return;
  for (const auto& socket : socketsIn(options.directory)) {
    if (socket.filename() != fs::path(options.socket).filename()) forgetIn(socket, volumeId, deadline);
  }
}

void listVm(const fs::path& socket, vbs::qmp::Deadline deadline) {
  try {
    auto vm = vbs::qmp::VirtualMachine::open(socket, deadline);
    if (!vm) return;
    for (const auto& device : vm->devices(deadline)) {
      std::cout << socket.stem().string() << '\t' << (device.vmDevice ? device.vmDevice->str() : "-") << '\t'
                << device.volumeId.str() << '\t' << device.url << '\n';
    }
  } catch (const vbs::qmp::VmGone&) {
    // Nothing is in a VM that ended.
  }
}

void list(const Options& options) {
  for (const auto& socket : socketsOf(options)) listVm(socket, options.deadline());
}

/// The command line, and what it says once it was read.
class CommandLine {
public:
  CommandLine() {
    app_.footer(
        std::string("Examples:\n"
                    "  vbs-qmp --socket /run/vms/vm1.qmp attach --device sdb --serial vol-0a1b2c3d \\\n"
                    "      --url iscsi://192.0.2.10:3260/iqn.2009-09.org.example:vol-0a1b2c3d/1\n"
                    "  vbs-qmp --socket /run/vms/vm1.qmp detach --device sdb --serial vol-0a1b2c3d\n"
                    "  vbs-qmp list --directory /run/vms\n\n") +
        std::string(vbs::qmp::exitCodeHelp()));
    app_.set_version_flag("--version", "vbs-qmp " VBS_VERSION);
    app_.require_subcommand(1);
    app_.fallthrough();
    addCommonOptions();
    addAttach();
    addDetach();
    addList();
    addForget();
  }

  /// What the program ends with.
  ExitCode run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& success) {
      app_.exit(success);
      vbs::flushStandardOutput();
      return ExitCode::Done;
    } catch (const CLI::ParseError& error) {
      app_.exit(error);
      return ExitCode::Usage;
    }
    return command_();
  }

private:
  void addCommonOptions() {
    app_.add_option("--socket", options_.socket,
                    "the VM's QMP socket; its file name without .qmp is the VM's name")
        ->type_name("PATH");
    app_.add_option("--timeout", options_.timeoutSeconds,
                    "seconds for the whole call (list, forget: for each VM), 1 to 3600")
        ->type_name("SECONDS")
        ->check(CLI::Range(1, 3600))
        ->capture_default_str();
  }

  CLI::App* add(const std::string& name, const std::string& help, std::function<ExitCode()> command) {
    CLI::App* added = app_.add_subcommand(name, help);
    added->callback([this, command = std::move(command)] { command_ = command; });
    return added;
  }
  void addSerial(CLI::App* command, const std::string& help) {
    command->add_option("--serial", options_.serial, help)->required();
  }
  void addDevice(CLI::App* command) {
    command
        ->add_option("--device", options_.device, "the VM device, such as sdb; QEMU's device id is vbs-<it>")
        ->required();
    addSerial(command, "the volume's id: the disk's serial number");
  }
  void addDirectory(CLI::App* command, const std::string& help) {
    command->add_option("--directory", options_.directory, help);
  }

  void addAttach() {
    CLI::App* command = add("attach", "Give a volume to the VM; succeeds when it is there already",
                            [this] { return attach(options_); });
    addDevice(command);
    command->add_option("--url", options_.url, "iscsi://HOST:PORT/IQN/LUN")->required();
    command->add_option("--initiator", options_.initiator, "the initiator name to log in with")
        ->type_name("IQN");
    command
        ->add_option(
            "--bus", options_.bus,
            "scsi: a disk of the VM's SCSI controller, unplugged without asking the guest; virtio: a "
            "virtio-blk device, unplugged when the guest agrees")
        ->type_name("BUS")
        ->check(CLI::IsMember({"scsi", "virtio"}))
        ->capture_default_str();
    command->add_flag("--tell-attached", options_.tellAttached,
                      "end with 7 instead of 0 when the volume is there already");
  }
  void addDetach() {
    CLI::App* command =
        add("detach", "Take a volume from the VM; succeeds when it is not there, or the VM is not", [this] {
          detach(options_);
          return ExitCode::Done;
        });
    addDevice(command);
    addDirectory(command, "forget the volume in the other VMs that have a .qmp socket in here, too");
  }
  void addList() {
    CLI::App* command = add(
        "list",
        "Print a line for each volume: VM, device (- when no guest sees it), volume id, URL, parted by tabs",
        [this] {
          list(options_);
          vbs::flushStandardOutput();
          return ExitCode::Done;
        });
    addDirectory(command, "list every VM that has a .qmp socket in here");
  }
  void addForget() {
    CLI::App* command = add("forget",
                            "Have VMs log out of a volume that no guest of theirs sees any more: what a "
                            "detach from a target that was gone left behind",
                            [this] {
                              forget(options_);
                              return ExitCode::Done;
                            });
    addSerial(command, "the volume's id");
    addDirectory(command, "ask every VM that has a .qmp socket in here");
  }

  Options options_;
  CLI::App app_{
      "Plugs VBS volumes into QEMU virtual machines: QEMU logs in to the volume's iSCSI target and\n"
      "shows it to the guest as a disk whose serial number is the volume's id.\n"
      "The VM needs a QMP socket and a SCSI controller:\n"
      "  qemu-system-x86_64 ... -qmp unix:/run/vms/vm1.qmp,server=on,wait=off -device virtio-scsi-pci",
      "vbs-qmp"};
  std::function<ExitCode()> command_;
};

}  // namespace

int main(int argc, char** argv) {
  vbs::settleInheritedState();
  try {
    return static_cast<int>(CommandLine().run(argc, argv));
  } catch (const Error& error) {
    std::cerr << "vbs-qmp: " << error.what() << '\n';
    return static_cast<int>(vbs::qmp::exitCodeOf(error.code()));
  } catch (const std::exception& error) {
    std::cerr << "vbs-qmp: " << error.what() << '\n';
    return static_cast<int>(ExitCode::Refused);
  }
}
