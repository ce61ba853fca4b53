#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/model/error.h"
#include "fakes/fake_command_runner.h"
#include "support/expect_error.h"
#include "support/operation_context.h"
#include "support/scratch_directory.h"
#include "vmm_delegate/command_vmm_delegate.h"

namespace vbs::vmm_delegate {

inline const VolumeId kVolume("vol-00000001");
inline const RequestId kRequest("request-1");

inline VmAttachment attachmentOf(const VolumeId& volumeId) {
  return {.volumeId = volumeId,
          .targetName = TargetName("iqn.2009-09.org.example:" + volumeId.str()),
          .portal = Portal("192.0.2.10:3260"),
          .lun = Lun(1),
          .vmId = VmId("vm1"),
          .vmDevice = VmDevice("xvdb")};
}
inline const VmAttachment kAttachment = attachmentOf(kVolume);

/// An attach before which the host was seen to have that of the volume, or its undo.
inline VmAttachment foundBefore(Presence session, Presence device, const VolumeId& volumeId = kVolume) {
  VmAttachment attachment = attachmentOf(volumeId);
  attachment.before = PriorFinding{session, device};
  return attachment;
}
inline const VmAttachment kAttach = foundBefore(Presence::Absent, Presence::Absent);

/// A host whose devices are files: login makes the file of the volume, logout removes it.
class CommandVmmDelegateTest : public testing::Test {
protected:
  void SetUp() override {
    writePatterns(iscsiPatterns());
    runner_.on("login", [this](const command::Command& command) {
      directory_.write(command.argv.back(), "");
      return command::FakeCommandRunner::exits(0);
    });
    runner_.on("logout", [this](const command::Command& command) {
      std::filesystem::remove(directory_.path() / command.argv.back());
      return command::FakeCommandRunner::exits(0);
    });
  }

  std::string iscsiPatterns() const {
    return "host.connect.1 = discover <portal>\n"
           "host.connect.2 = login <targetName> <lun> <volumeId>\n"
           "host.disconnect.1 = logout <targetName> <volumeId>\n"
           "host.disconnect.2 = forget <targetName>\n"
           "host.device = " +
           directory_.path().string() +
           "/<volumeId>\n"
           "host.device.timeout = 1h\n"
           "vm.attach = block-attach <vmId> phy:<vmmDev> <vmDev> w\n"
           "vm.detach = block-detach <vmId> <vmDev>\n"
           "list.sessions = sessions\n"
           "list.sessions.output = ^(?<targetName>\\S+)$\n"
           "list.devices = devices\n"
           "list.devices.output = ^(?<vmId>\\S+) (?<vmDev>\\S+) (?<volumeId>\\S+)$\n";
  }
  void writePatterns(const std::string& text) { directory_.write("commands.properties", text); }

  CommandVmmDelegate& delegate() {
    if (!delegate_) {
      file_.emplace(directory_.path() / "commands.properties", command::Host::VmHost);
      delegate_.emplace(*file_, runner_, settings_);
    }
    return *delegate_;
  }

  std::string device(const VolumeId& volumeId = kVolume) const {
    return (directory_.path() / volumeId.str()).string();
  }
  std::vector<std::string> attachLines() const {
    return {"discover 192.0.2.10:3260", "login iqn.2009-09.org.example:vol-00000001 1 vol-00000001",
            "block-attach vm1 phy:" + device() + " xvdb w"};
  }
  static std::vector<std::string> disconnectLines() {
    return {"logout iqn.2009-09.org.example:vol-00000001 vol-00000001",
            "forget iqn.2009-09.org.example:vol-00000001"};
  }
  static std::vector<std::string> detachLines() {
    std::vector<std::string> lines = disconnectLines();
    lines.insert(lines.begin(), "block-detach vm1 xvdb");
    return lines;
  }

  /// The commands so far that change something.
  std::vector<std::string> lines() const {
    std::vector<std::string> changing;
    for (const std::string& line : runner_.lines()) {
      if (line != "sessions" && line != "devices") changing.push_back(line);
    }
    return changing;
  }

  support::ScratchDirectory directory_;
  command::FakeCommandRunner runner_;
  Settings settings_{.version = "1.2.3", .identity = DelegateId("host-1")};
  std::optional<command::LiveCommandFile> file_;
  std::optional<CommandVmmDelegate> delegate_;
};

/// A command of an attach or a detach that fails, and the action it belongs to.
struct FailingStep {
  std::string name;
  std::string command;
  std::string key;
  bool reachesVm;
};

}  // namespace vbs::vmm_delegate
