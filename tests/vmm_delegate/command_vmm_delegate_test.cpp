#include "vmm_delegate/command_vmm_delegate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <future>
#include <latch>
#include <optional>
#include <thread>

#include "common/model/error.h"
#include "fakes/command_gate.h"
#include "fakes/fake_command_runner.h"
#include "support/expect_error.h"
#include "support/operation_context.h"
#include "support/scratch_directory.h"

namespace vbs::vmm_delegate {
namespace {

using namespace std::chrono_literals;
using command::Command;
using command::FakeCommandRunner;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const VolumeId kVolume("vol-00000001");
const RequestId kRequest("request-1");

VmAttachment attachmentOf(const VolumeId& volumeId) {
  return {.volumeId = volumeId,
          .targetName = TargetName("iqn.2009-09.org.example:" + volumeId.str()),
          .portal = Portal("192.0.2.10:3260"),
          .lun = Lun(1),
          .vmId = VmId("vm1"),
          .vmDevice = VmDevice("xvdb")};
}
const VmAttachment kAttachment = attachmentOf(kVolume);

/// An attach before which the host was seen to have that of the volume, or its undo.
VmAttachment foundBefore(Presence session, Presence device, const VolumeId& volumeId = kVolume) {
  VmAttachment attachment = attachmentOf(volumeId);
  attachment.before = PriorFinding{session, device};
  return attachment;
}
const VmAttachment kAttach = foundBefore(Presence::Absent, Presence::Absent);

/// A host whose devices are files: login makes the file of the volume, logout removes it.
class CommandVmmDelegateTest : public testing::Test {
protected:
  void SetUp() override {
    writePatterns(iscsiPatterns());
    runner_.on("login", [this](const Command& command) {
      directory_.write(command.argv.back(), "");
      return FakeCommandRunner::exits(0);
    });
    runner_.on("logout", [this](const Command& command) {
      std::filesystem::remove(directory_.path() / command.argv.back());
      return FakeCommandRunner::exits(0);
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
  FakeCommandRunner runner_;
  Settings settings_{.version = "1.2.3", .identity = DelegateId("host-1")};
  std::optional<command::LiveCommandFile> file_;
  std::optional<CommandVmmDelegate> delegate_;
};

TEST_F(CommandVmmDelegateTest, ConnectsWaitsForTheDeviceAndAttaches) {
  EXPECT_EQ(delegate().attachVolume(doing("op-1"), kAttach).hostDevice, device());
  EXPECT_EQ(lines(), attachLines());
}

TEST_F(CommandVmmDelegateTest, ChecksTheDeviceBeforeTheVmGetsIt) {
  writePatterns(iscsiPatterns() + "host.check = inspect <vmmDev>\nhost.check.expect = \"<sizeBytes>\"\n");
  VmAttachment attachment = kAttach;
  attachment.size = SizeGiB(2);
  std::string size = "\"2147483648\"\n";
  runner_.on("inspect", [&](const Command&) { return FakeCommandRunner::prints(size); });
  delegate().attachVolume(doing("op-1"), attachment);
  std::vector<std::string> lines = attachLines();
  lines.insert(lines.end() - 1, "inspect " + device());
  EXPECT_EQ(CommandVmmDelegateTest::lines(), lines);
  delegate().detachVolume(doing("op-2"), attachment);

  runner_.forget();
  size = "\"12147483648\"\n";
  EXPECT_THROW(delegate().attachVolume(doing("op-3"), attachment), Error);
  lines.pop_back();
  for (const std::string& line : disconnectLines()) lines.push_back(line);
  EXPECT_EQ(CommandVmmDelegateTest::lines(), lines);
}

TEST_F(CommandVmmDelegateTest, WaitsForADeviceThatAppearsLate) {
  std::optional<std::jthread> udev;
  runner_.on("login", [&](const Command&) {
    udev.emplace([this] { directory_.write(kVolume.str(), ""); });
    return FakeCommandRunner::exits(0);
  });
  EXPECT_EQ(delegate().attachVolume(doing("op-1"), kAttach).hostDevice, device());
}

TEST_F(CommandVmmDelegateTest, UsesAReferenceAsItIs) {
  writePatterns(
      "host.device = iscsi://<portal>/<targetName>/<lun>\n"
      "vm.attach = plug <vmId> <vmmDev>\n"
      "vm.detach = unplug <vmId> <vmmDev>\n");
  const std::string reference = "iscsi://192.0.2.10:3260/iqn.2009-09.org.example:vol-00000001/1";
  EXPECT_EQ(delegate().attachVolume(doing("op-1"), kAttach).hostDevice, reference);
  delegate().detachVolume(doing("op-2"), kAttachment);
  EXPECT_THAT(lines(), ElementsAre("plug vm1 " + reference, "unplug vm1 " + reference));
}

TEST_F(CommandVmmDelegateTest, UsesADeviceThatConnectingFoundOut) {
  writePatterns(
      "host.connect = map <volumeId>\n"
      "host.connect.output = (?<mapped>/\\S+)\n"
      "host.disconnect = unmap <volumeId>\n"
      "host.device = <mapped>\n"
      "vm.attach = plug <vmId> <vmmDev>\n"
      "vm.detach = unplug <vmId> <volumeId>\n");
  const std::string mapped = directory_.write("rbd0", "").string();
  runner_.on("map ", FakeCommandRunner::prints(mapped + "\n"));
  EXPECT_EQ(delegate().attachVolume(doing("op-1"), kAttach).hostDevice, mapped);
  delegate().detachVolume(doing("op-2"), kAttachment);
  EXPECT_THAT(lines(), ElementsAre("map vol-00000001", "plug vm1 " + mapped, "unplug vm1 vol-00000001",
                                   "unmap vol-00000001"));
}

TEST_F(CommandVmmDelegateTest, EndsAtTheHostWhereThereAreNoVms) {
  writePatterns("host.device = " + device() + "\nhost.device.timeout = 1h\n" +
                "host.connect = login <volumeId>\nhost.disconnect = logout <volumeId>\n");
  EXPECT_EQ(delegate().attachVolume(doing("op-1"), kAttach).hostDevice, device());
  delegate().detachVolume(doing("op-2"), kAttachment);
  EXPECT_THAT(lines(), ElementsAre("login vol-00000001", "logout vol-00000001"));
}

TEST_F(CommandVmmDelegateTest, AttachesVolumesThatHaveNoTarget) {
  writePatterns(
      "host.device = rbd:pool/<volumeId>\nvm.attach = plug <vmmDev>\nvm.detach = unplug <vmmDev>\n");
  VmAttachment attachment = kAttachment;
  attachment.targetName.reset();
  attachment.portal.reset();
  attachment.lun.reset();
  EXPECT_EQ(delegate().attachVolume(doing("op-1"), attachment).hostDevice, "rbd:pool/vol-00000001");
}

TEST_F(CommandVmmDelegateTest, SaysWhatTheCallShouldHaveGivenAndLeavesNothing) {
  VmAttachment attachment = kAttachment;
  attachment.portal.reset();
  expectError(ErrorCode::InvalidParameter, "<portal>",
              [&] { delegate().attachVolume(doing("op-1"), attachment); });
  EXPECT_FALSE(std::filesystem::exists(device()));
}

TEST_F(CommandVmmDelegateTest, DetachesInTheOppositeOrder) {
  delegate().attachVolume(doing("op-1"), kAttach);
  runner_.forget();
  delegate().detachVolume(doing("op-2"), kAttachment);
  EXPECT_EQ(lines(), detachLines());
  EXPECT_FALSE(std::filesystem::exists(device()));
}

TEST_F(CommandVmmDelegateTest, WaitsUntilTheDeviceIsGone) {
  delegate().attachVolume(doing("op-1"), kAttach);
  std::optional<std::jthread> udev;
  runner_.on("logout", [&](const Command&) {
    udev.emplace([this] { std::filesystem::remove(device()); });
    return FakeCommandRunner::exits(0);
  });
  delegate().detachVolume(doing("op-2"), kAttachment);
  EXPECT_FALSE(std::filesystem::exists(device()));
}

TEST_F(CommandVmmDelegateTest, SaysThatTheDeviceStayed) {
  delegate().attachVolume(doing("op-1"), kAttach);
  writePatterns(iscsiPatterns() + "\n");
  runner_.on("logout", FakeCommandRunner::exits(0));
  std::string patterns = iscsiPatterns();
  patterns.replace(patterns.find("= 1h"), 4, "= 1ms");
  writePatterns(patterns);
  const Error error = errorOf([&] { delegate().detachVolume(doing("op-2"), kAttachment); });
  EXPECT_EQ(error.code(), ErrorCode::Timeout);
  EXPECT_THAT(error.what(), AllOf(HasSubstr(device()), HasSubstr("still there")));
}

TEST_F(CommandVmmDelegateTest, LeavesAFileAloneThatNoConnectionMade) {
  directory_.write(kVolume.str(), "");
  writePatterns("host.device = " + device() + "\nvm.attach = plug <vmmDev>\nvm.detach = unplug <vmmDev>\n");
  delegate().attachVolume(doing("op-1"), kAttach);
  delegate().detachVolume(doing("op-2"), kAttachment);
  EXPECT_TRUE(std::filesystem::exists(device()));
}

TEST_F(CommandVmmDelegateTest, CanBeAskedTwice) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(delegate().attachVolume(doing("op-1"), kAttach).hostDevice, device());
  for (int i = 0; i < 2; ++i) delegate().detachVolume(undoing("op-1"), kAttach);
}

// What is there without the rest of an attachment.

TEST_F(CommandVmmDelegateTest, DisconnectsTheHostOfAVolumeThatNoVmHas) {
  delegate().attachVolume(doing("op-1"), kAttach);
  runner_.forget();
  VmAttachment stray = kAttachment;
  stray.vmId.reset();
  stray.vmDevice.reset();
  delegate().detachVolume(doing("op-2"), stray);
  EXPECT_EQ(lines(), disconnectLines());
  EXPECT_FALSE(std::filesystem::exists(device()));
}

TEST_F(CommandVmmDelegateTest, DisconnectsNoHostOfAStrayWhileAVmMayHaveIt) {
  delegate().attachVolume(doing("op-1"), kAttach);
  runner_.forget();
  runner_.on("devices", FakeCommandRunner::exits(1, "the hypervisor does not answer"));
  VmAttachment stray = kAttachment;
  stray.vmId.reset();
  stray.vmDevice.reset();
  EXPECT_THROW(delegate().detachVolume(doing("op-2"), stray), Error);
  EXPECT_THAT(lines(), IsEmpty());
}

class StrayDeviceTest : public CommandVmmDelegateTest {
protected:
  StrayDeviceTest() {
    stray_.targetName.reset();
    stray_.portal.reset();
    stray_.lun.reset();
  }

  std::string refusal() {
    try {
      delegate().detachVolume(doing("op-1"), stray_);
      return "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidParameter);
      EXPECT_THAT(lines(), IsEmpty());
      return error.what();
    }
  }

  VmAttachment stray_ = kAttachment;
};

TEST_F(StrayDeviceTest, IsTakenFromTheVmAndNoMore) {
  delegate().detachVolume(doing("op-1"), stray_);
  EXPECT_THAT(lines(), ElementsAre("block-detach vm1 xvdb"));
}

TEST_F(StrayDeviceTest, IsTakenFromTheVmWhereItsHostDeviceNamesTheTarget) {
  writePatterns(
      "host.device = iscsi://<portal>/<targetName>/<lun>\n"
      "vm.attach = plug <vmId> <vmmDev>\n"
      "vm.detach = unplug <vmId> <vmDev>\n");
  delegate().detachVolume(doing("op-1"), stray_);
  EXPECT_THAT(lines(), ElementsAre("unplug vm1 xvdb"));
}

TEST_F(StrayDeviceTest, StaysWhereTheCommandNeedsTheTarget) {
  writePatterns(
      "host.device = iscsi://<portal>/<targetName>/<lun>\n"
      "vm.attach = plug <vmId> <vmmDev>\n"
      "vm.detach = unplug <vmId> <vmmDev>\n");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("vm.detach"), HasSubstr("<vmmDev>")));
}

TEST_F(StrayDeviceTest, IsTakenFromTheVmAndTheHostWhereThereAreNoTargets) {
  writePatterns(
      "host.connect = map <volumeId>\n"
      "host.disconnect = unmap <volumeId>\n"
      "host.device = rbd:<volumeId>\n"
      "vm.attach = plug <vmId> <vmDev>\n"
      "vm.detach = unplug <vmId> <vmDev>\n");
  delegate().detachVolume(doing("op-1"), stray_);
  EXPECT_THAT(lines(), ElementsAre("unplug vm1 xvdb", "unmap vol-00000001"));
}

TEST_F(StrayDeviceTest, NeedsNoNameInTheVmWhereTheCommandCanDoWithout) {
  writePatterns(
      "host.device = iscsi://<portal>/<targetName>/<lun>\n"
      "vm.attach = plug <vmId> <vmmDev>\n"
      "vm.detach = unplug <vmId> <volumeId>\n");
  stray_.vmDevice.reset();
  delegate().detachVolume(doing("op-1"), stray_);
  EXPECT_THAT(lines(), ElementsAre("unplug vm1 vol-00000001"));
}

TEST_F(StrayDeviceTest, IsRefusedWithoutTheNameThatTheCommandNeeds) {
  stray_.vmDevice.reset();
  EXPECT_THAT(refusal(), AllOf(HasSubstr("vm.detach"), HasSubstr("<vmDev>")));
}

TEST_F(StrayDeviceTest, IsRefusedWithoutItsVm) {
  stray_.vmId.reset();
  EXPECT_EQ(refusal(), "detachVolume names device xvdb and not the vmId of its VM");
}

TEST_F(StrayDeviceTest, IsRefusedWhenNothingOfItIsNamed) {
  stray_.vmId.reset();
  stray_.vmDevice.reset();
  EXPECT_THAT(refusal(), HasSubstr("names no vmId, and nothing that this host could be disconnected from"));
}

TEST_F(CommandVmmDelegateTest, AttachesToNothingButAVmAndADevice) {
  for (const bool withVm : {false, true}) {
    VmAttachment attachment = kAttachment;
    withVm ? attachment.vmDevice.reset() : attachment.vmId.reset();
    const Error error = errorOf([&] { delegate().attachVolume(doing("op-1"), attachment); });
    EXPECT_EQ(error.code(), ErrorCode::InvalidParameter);
    EXPECT_STREQ(error.what(), "attachVolume needs a vmId and a vmDevice");
  }
  EXPECT_THAT(lines(), IsEmpty());
}

// Steps that fail.

struct FailingStep {
  std::string name;
  std::string command;
  std::string key;
  bool reachesVm;
};

class FailingStepTest : public CommandVmmDelegateTest, public testing::WithParamInterface<FailingStep> {};

TEST_P(FailingStepTest, OfAnAttachIsUndoneWithThoseBeforeIt) {
  runner_.on(GetParam().command, FakeCommandRunner::exits(8, "it is broken"));
  const Error error = errorOf([&] { delegate().attachVolume(doing("op-1"), kAttach); });
  EXPECT_EQ(error.code(), ErrorCode::CommandFailed);
  EXPECT_EQ(error.resource(), "vol-00000001");
  EXPECT_EQ(error.command()->action, GetParam().key);
  EXPECT_EQ(error.command()->exitCode, 8);
  EXPECT_THAT(error.what(), Not(HasSubstr("undoing")));
  const auto expected = GetParam().reachesVm ? detachLines() : disconnectLines();
  const auto ran = lines();
  ASSERT_GT(ran.size(), expected.size());
  EXPECT_TRUE(std::equal(expected.rbegin(), expected.rend(), ran.rbegin()));
  EXPECT_THAT(ran[ran.size() - expected.size() - 1], HasSubstr(GetParam().command));
  EXPECT_FALSE(std::filesystem::exists(device()));
}

INSTANTIATE_TEST_SUITE_P(Steps, FailingStepTest,
                         testing::Values(FailingStep{"Discovery", "discover", "host.connect.1", false},
                                         FailingStep{"Login", "login", "host.connect.2", false},
                                         FailingStep{"Attach", "block-attach", "vm.attach", true}),
                         [](const auto& info) { return info.param.name; });

TEST_F(CommandVmmDelegateTest, DisconnectsWhenTheDeviceDoesNotAppear) {
  std::string patterns = iscsiPatterns();
  patterns.replace(patterns.find("= 1h"), 4, "= 1ms");
  writePatterns(patterns);
  runner_.on("login", FakeCommandRunner::exits(0));
  expectError(ErrorCode::Timeout, device() + " did not appear after 1ms",
              [&] { delegate().attachVolume(doing("op-1"), kAttach); });
  auto expected = disconnectLines();
  expected.insert(expected.begin(), {attachLines()[0], attachLines()[1]});
  EXPECT_EQ(lines(), expected);
}

TEST_F(CommandVmmDelegateTest, SaysBothWhenUndoingFailsToo) {
  runner_.on("block-attach", FakeCommandRunner::exits(1, "the VM is gone"));
  runner_.on("logout", FakeCommandRunner::exits(9, "session is busy"));
  const Error error = errorOf([&] { delegate().attachVolume(doing("op-1"), kAttach); });
  EXPECT_THAT(error.what(),
              AllOf(HasSubstr("vm.attach"), HasSubstr("the VM is gone"),
                    HasSubstr("undoing it on this host failed too"), HasSubstr("session is busy")));
  EXPECT_EQ(error.command()->action, "vm.attach") << "the cause comes first";
}

TEST_F(CommandVmmDelegateTest, KeepsTheHostConnectedWhileTheVmMayHoldTheDevice) {
  runner_.on("block-attach", FakeCommandRunner::timesOut());
  runner_.on("block-detach", FakeCommandRunner::exits(1, "the VM does not answer"));
  EXPECT_THROW(delegate().attachVolume(doing("op-1"), kAttach), Error);
  EXPECT_EQ(lines().back(), "block-detach vm1 xvdb");
  EXPECT_TRUE(std::filesystem::exists(device()));
}

class FailingDetachTest : public CommandVmmDelegateTest, public testing::WithParamInterface<FailingStep> {};

TEST_P(FailingDetachTest, EndsTheDetachThere) {
  delegate().attachVolume(doing("op-1"), kAttach);
  runner_.on(GetParam().command, FakeCommandRunner::exits(8, "it is broken"));
  const Error error = errorOf([&] { delegate().detachVolume(doing("op-2"), kAttachment); });
  EXPECT_EQ(error.command()->action, GetParam().key);
  EXPECT_THAT(lines().back(), HasSubstr(GetParam().command));
}

INSTANTIATE_TEST_SUITE_P(Steps, FailingDetachTest,
                         testing::Values(FailingStep{"Detach", "block-detach", "vm.detach", true},
                                         FailingStep{"Logout", "logout", "host.disconnect.1", false},
                                         FailingStep{"Forget", "forget", "host.disconnect.2", false}),
                         [](const auto& info) { return info.param.name; });

// Inventory.

TEST_F(CommandVmmDelegateTest, ListsItsSessionsAndDevices) {
  runner_.on("sessions", FakeCommandRunner::prints(
                             "iqn.2009-09.org.example:vol-00000001\niqn.2009-09.org.example:backup\n"));
  runner_.on("devices", FakeCommandRunner::prints("vm1 xvda root\nvm1 xvdb vol-00000001\n"));
  const VmHostInventory inventory = delegate().inventory(kRequest);
  EXPECT_THAT(inventory.sessions.value().items,
              ElementsAre(VmHostInventory::Session{kAttachment.targetName, kVolume}));
  EXPECT_THAT(
      inventory.devices.value().items,
      ElementsAre(VmHostInventory::Device{kVolume, kAttachment.vmId, kAttachment.vmDevice, std::nullopt}));
}

TEST_F(CommandVmmDelegateTest, HasNothingToListWhereNothingIsConnected) {
  writePatterns("host.device = rbd:pool/<volumeId>\n");
  const VmHostInventory inventory = delegate().inventory(kRequest);
  EXPECT_FALSE(inventory.sessions);
  EXPECT_FALSE(inventory.devices);
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(CommandVmmDelegateTest, KnowsNothingWhereTheListIsMissing) {
  for (const std::string key : {"list.sessions", "list.devices"}) {
    std::string patterns = iscsiPatterns();
    while (patterns.find("\n" + key) != std::string::npos) {
      const auto begin = patterns.find("\n" + key);
      patterns.erase(begin, patterns.find('\n', begin + 1) - begin);
    }
    writePatterns(patterns);
    delegate_.reset();
    const VmHostInventory inventory = delegate().inventory(kRequest);
    const bool isSessions = key == "list.sessions";
    const auto state = isSessions ? inventory.sessions->state : inventory.devices->state;
    const auto reason = isSessions ? inventory.sessions->reason : inventory.devices->reason;
    EXPECT_EQ(state, ListingState::Unknown);
    EXPECT_THAT(reason, HasSubstr(key));
  }
}

TEST_F(CommandVmmDelegateTest, KnowsNothingWhereAListFails) {
  runner_.on("devices", FakeCommandRunner::exits(1, "cannot connect to the hypervisor"));
  const VmHostInventory inventory = delegate().inventory(kRequest);
  EXPECT_EQ(inventory.sessions->state, ListingState::Complete);
  EXPECT_EQ(inventory.devices->state, ListingState::Unknown);
  EXPECT_THAT(inventory.devices->reason, HasSubstr("cannot connect to the hypervisor"));
}

// What was there before an attach is not the attach's to take back.

class FoundBeforeTest : public CommandVmmDelegateTest {
protected:
  std::string withoutListOfSessions() const {
    std::string patterns = iscsiPatterns();
    const std::size_t begin = patterns.find("list.sessions");
    return patterns.erase(begin, patterns.find("list.devices") - begin);
  }
  std::string withoutListings() const {
    std::string patterns = iscsiPatterns();
    return patterns.erase(patterns.find("list.sessions"));
  }
  void find(Presence session, Presence device) { attachment_ = foundBefore(session, device); }
  void isConnected() { directory_.write(kVolume.str(), ""); }
  void refuseTheDevice() { runner_.on("block-attach", FakeCommandRunner::exits(1, "no")); }
  /// The program ends and starts again.
  void restart() { delegate_.reset(); }

  std::string attachFailure() {
    runner_.forget();
    try {
      delegate().attachVolume(doing("op-1"), attachment_);
      return "attached";
    } catch (const Error& error) {
      return error.what();
    }
  }
  std::string undoFailure() {
    runner_.forget();
    try {
      isConnected_ = delegate().detachVolume(undoing("op-1"), attachment_).isConnected;
      return "undone";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::CommandFailed);
      return error.what();
    }
  }

  VmAttachment attachment_ = kAttach;
  bool isConnected_ = false;  // as the undo told
};

TEST_F(FoundBeforeTest, ASessionStaysWhenTheAttachFails) {
  find(Presence::Present, Presence::Absent);
  isConnected();
  refuseTheDevice();
  attachFailure();
  EXPECT_EQ(lines().back(), "block-detach vm1 xvdb");
  EXPECT_TRUE(std::filesystem::exists(device()));
  restart();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_TRUE(isConnected_);
  EXPECT_THAT(lines(), ElementsAre("block-detach vm1 xvdb"));
  EXPECT_TRUE(std::filesystem::exists(device()));
}

TEST_F(FoundBeforeTest, ADeviceStaysWithItsSession) {
  find(Presence::Present, Presence::Present);
  isConnected();
  refuseTheDevice();
  attachFailure();
  EXPECT_THAT(lines().back(), HasSubstr("block-attach"));
  restart();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_TRUE(isConnected_);
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(FoundBeforeTest, WhatWasNotThereIsTakenBackAfterARestart) {
  find(Presence::Absent, Presence::Absent);
  attachFailure();
  restart();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_FALSE(isConnected_);
  EXPECT_EQ(lines(), detachLines());
}

/// Without list.sessions.
class ConnectTellsTest : public FoundBeforeTest {
protected:
  ConnectTellsTest() { find(Presence::Unknown, Presence::Unknown); }
  void sayThatItWasConnected() {
    runner_.on("login", [this](const Command&) {
      isConnected();
      return FakeCommandRunner::exits(15, "already present");
    });
  }
  static constexpr const char* kOkExit = "host.connect.2.ok-exit = 15\n";
};

TEST_F(ConnectTellsTest, ThatASessionWasThereWhichStays) {
  find(Presence::Unknown, Presence::Absent);
  writePatterns(withoutListOfSessions() + kOkExit);
  sayThatItWasConnected();
  refuseTheDevice();
  attachFailure();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_TRUE(isConnected_);
  EXPECT_THAT(lines(), ElementsAre("block-detach vm1 xvdb"));
  EXPECT_TRUE(std::filesystem::exists(device()));
}

TEST_F(ConnectTellsTest, ThatNoneWasThereByNotSayingIt) {
  writePatterns(withoutListings());
  refuseTheDevice();
  EXPECT_THAT(attachFailure(), Not(HasSubstr("undoing")));
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_EQ(lines(), detachLines());
}

TEST_F(ConnectTellsTest, NothingWhenItFails) {
  writePatterns(withoutListings());
  runner_.on("discover", FakeCommandRunner::exits(8, "no route to host"));
  EXPECT_THAT(attachFailure(), AllOf(HasSubstr("no route to host"), HasSubstr("detach-volume --force")));
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("discover")));
}

TEST_F(ConnectTellsTest, NothingToTheProgramThatIsStartedAnew) {
  writePatterns(withoutListings());
  attachFailure();
  restart();
  EXPECT_THAT(undoFailure(), HasSubstr("detach-volume --force"));
  EXPECT_THAT(lines(), IsEmpty());
}

/// The host's listings could not be trusted when the attach began: what it made cannot be told from what was
/// there.
class DoubtfulAttachTest : public FoundBeforeTest {
protected:
  DoubtfulAttachTest() { find(Presence::Unknown, Presence::Unknown); }
  void doubtDevices() {
    runner_.on("devices", FakeCommandRunner::exits(1, "the hypervisor does not answer"));
  }
  void doubtSessions() { runner_.on("sessions", FakeCommandRunner::exits(1, "iscsid does not answer")); }
  void showNoDevice() { runner_.on("devices", FakeCommandRunner::prints("")); }
  void showDevice() { runner_.on("devices", FakeCommandRunner::prints("vm1 xvdb vol-00000001\n")); }
};

TEST_F(DoubtfulAttachTest, KeepsTheHostConnectedWhileTheListingCannotBeTrusted) {
  doubtDevices();
  refuseTheDevice();
  EXPECT_THAT(attachFailure(), AllOf(HasSubstr("undoing it on this host failed too"),
                                     HasSubstr("the hypervisor does not answer")));
  EXPECT_THAT(lines().back(), HasSubstr("block-attach"));
  EXPECT_THAT(undoFailure(), AllOf(HasSubstr("list.devices"), HasSubstr("the hypervisor does not answer")));
  EXPECT_THAT(lines(), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(device()));
}

TEST_F(DoubtfulAttachTest, IsUndoneOnceTheListingShowsThatNoVmHasIt) {
  doubtDevices();
  refuseTheDevice();
  attachFailure();
  showNoDevice();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_EQ(lines(), disconnectLines());
  EXPECT_FALSE(std::filesystem::exists(device()));
}

TEST_F(DoubtfulAttachTest, TakesBackWhatTheVmDidNotSayItHad) {
  attachFailure();
  showNoDevice();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_EQ(lines(), detachLines());
}

TEST_F(DoubtfulAttachTest, AfterARestartTakesNothingThatAVmHas) {
  attachFailure();
  restart();
  showDevice();
  EXPECT_THAT(undoFailure(), AllOf(HasSubstr("VM vm1 has it as xvdb"), HasSubstr("detach-volume --force")));
  EXPECT_THAT(lines(), IsEmpty());
  showNoDevice();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_EQ(lines(), disconnectLines());
}

TEST_F(DoubtfulAttachTest, ThatDidNotReachTheVmLeavesWhatIsThereAndSaysTheWayOut) {
  doubtDevices();
  runner_.on("login", FakeCommandRunner::exits(8, "it is broken"));
  attachFailure();
  showDevice();
  EXPECT_THAT(undoFailure(), AllOf(HasSubstr("VM vm1 has it as xvdb"), HasSubstr("detach-volume --force")));
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(DoubtfulAttachTest, LeavesADeviceThatTheVmSaysItHadAlready) {
  writePatterns(iscsiPatterns() + "vm.attach.ok-stderr = already exists\n");
  runner_.on("block-attach", FakeCommandRunner::exits(1, "xvdb already exists"));
  attachFailure();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_TRUE(isConnected_);
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(DoubtfulAttachTest, OfSessionsAloneTakesItsDeviceBackAndDisconnectsOnceNoVmHasIt) {
  find(Presence::Unknown, Presence::Absent);
  refuseTheDevice();
  EXPECT_THAT(attachFailure(), Not(HasSubstr("undoing")));
  std::vector<std::string> expected = attachLines();
  for (const std::string& line : detachLines()) expected.push_back(line);
  EXPECT_EQ(lines(), expected);
  EXPECT_FALSE(std::filesystem::exists(device()));
}

TEST_F(DoubtfulAttachTest, WithoutAListOfDevicesWaitsUntilTheHostIsSeenToBeDisconnected) {
  std::string patterns = iscsiPatterns();
  patterns.erase(patterns.find("list.devices"));
  writePatterns(patterns);
  doubtSessions();
  refuseTheDevice();
  EXPECT_THAT(attachFailure(), HasSubstr("without list.devices nothing tells"));
  EXPECT_THAT(lines().back(), HasSubstr("block-attach"));
  EXPECT_THAT(undoFailure(), HasSubstr("detach-volume --force"));
  runner_.on("sessions", FakeCommandRunner::prints(""));
  EXPECT_EQ(undoFailure(), "undone");
}

TEST_F(FoundBeforeTest, WhatOnlyARetriedCommandFindsIsTheAttachsOwn) {
  writePatterns(iscsiPatterns() + "vm.attach.ok-stderr = already exists\n");
  runner_.on("block-attach", FakeCommandRunner::exits(1, "xvdb already exists"));
  attachFailure();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_FALSE(isConnected_);
  EXPECT_EQ(lines(), detachLines());
}

TEST_F(FoundBeforeTest, ARepairThatFailsTakesNothingBack) {
  refuseTheDevice();
  EXPECT_THROW(delegate().attachVolume(doing("op-1"), kAttachment), Error);
  EXPECT_THAT(lines().back(), HasSubstr("block-attach"));
  EXPECT_TRUE(std::filesystem::exists(device()));
}

TEST_F(FoundBeforeTest, IsTakenAwayWithTheRestWhenADetachIsAskedFor) {
  find(Presence::Present, Presence::Absent);
  isConnected();
  attachFailure();
  runner_.forget();
  delegate().detachVolume(doing("op-2"), kAttachment);
  EXPECT_EQ(lines(), detachLines());
}

TEST_F(CommandVmmDelegateTest, DisconnectsNoHostWhoseVmIsSeenToHaveTheVolume) {
  delegate().attachVolume(doing("op-1"), kAttach);
  runner_.on("devices", FakeCommandRunner::prints("vm2 xvdc vol-00000001\n"));
  runner_.forget();
  const Error error = errorOf([&] { delegate().detachVolume(doing("op-2"), kAttachment); });
  EXPECT_THAT(error.what(), AllOf(HasSubstr("vm2"), HasSubstr("xvdc")));
  EXPECT_THAT(lines(), ElementsAre("block-detach vm1 xvdb"));
}

TEST_F(CommandVmmDelegateTest, DoesNotDetachFromAVmWithoutACommandForIt) {
  VmAttachment attachment = kAttachment;
  attachment.isInVm = delegate().attachVolume(doing("op-1"), kAttach).isInVm;
  EXPECT_EQ(attachment.isInVm, true);
  std::string patterns = iscsiPatterns();
  patterns.erase(patterns.find("vm.attach"), patterns.find("list.sessions") - patterns.find("vm.attach"));
  writePatterns(patterns);
  delegate_.reset();
  runner_.forget();
  const Error error = errorOf([&] { delegate().detachVolume(doing("op-2"), attachment); });
  EXPECT_EQ(error.code(), ErrorCode::CommandFailed);
  EXPECT_EQ(error.command()->action, "vm.detach");
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(CommandVmmDelegateTest, RefusesACallThatIsForAnotherDelegate) {
  OperationContext context = doing("op-1");
  context.delegateId = DelegateId("host-2");
  const Error error = errorOf([&] { delegate().attachVolume(context, kAttachment); });
  EXPECT_EQ(error.code(), ErrorCode::IncorrectState);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("host-1"), HasSubstr("host-2")));
  EXPECT_THAT(runner_.lines(), IsEmpty());
}

TEST_F(CommandVmmDelegateTest, TellsWhoItIsAndWhoElseCommandsIt) {
  const Commander first{ServiceInstanceId("a"), "first"};
  const Commander second{ServiceInstanceId("b"), "second"};
  EXPECT_EQ(delegate().describeDelegate(kRequest, first),
            (VmmDelegateDescription{.version = "1.2.3", .identity = {.id = DelegateId("host-1")}}));
  delegate().describeDelegate(kRequest, second);
  EXPECT_THAT(delegate().describeDelegate(kRequest, first).identity.otherCommanders, ElementsAre("second"));
}

// Calls at the same time, and calls that come too late.

TEST_F(CommandVmmDelegateTest, WorksOnDifferentVolumesAtTheSameTime) {
  std::latch bothAreThere(2);
  runner_.on("discover", [&](const Command&) {
    bothAreThere.arrive_and_wait();
    return FakeCommandRunner::exits(0);
  });
  CommandVmmDelegate& it = delegate();
  const VolumeId otherVolume("vol-00000002");
  auto other = std::async(std::launch::async, [&] {
    return it.attachVolume(doing("op-2"), foundBefore(Presence::Absent, Presence::Absent, otherVolume));
  });
  EXPECT_EQ(it.attachVolume(doing("op-1"), kAttach).hostDevice, device());
  EXPECT_EQ(other.get().hostDevice, device(otherVolume));
}

TEST_F(CommandVmmDelegateTest, UndoesAnAttachOnlyOnceItHasEnded) {
  command::CommandGate gate;
  runner_.on("block-attach", gate.answer());
  CommandVmmDelegate& it = delegate();
  auto call = std::async(std::launch::async, [&] { it.attachVolume(doing("op-1"), kAttach); });
  gate.waitUntilReached();
  auto undo = std::async(std::launch::async, [&] { it.detachVolume(undoing("op-1"), kAttach); });
  gate.open();
  call.get();
  undo.get();
  auto expected = attachLines();
  for (const std::string& line : detachLines()) expected.push_back(line);
  EXPECT_EQ(lines(), expected);
}

TEST_F(CommandVmmDelegateTest, GivesUpOnAVolumeThatIsBusyAndSaysWithWhat) {
  settings_.patience = 1ms;
  command::CommandGate gate;
  runner_.on("block-attach", gate.answer());
  CommandVmmDelegate& it = delegate();
  auto call = std::async(std::launch::async, [&] { it.attachVolume(doing("op-1"), kAttach); });
  gate.waitUntilReached();
  expectError(ErrorCode::Timeout, "busy with operation op-1",
              [&] { it.detachVolume(doing("op-2"), kAttachment); });
  gate.open();
  call.get();
}

TEST_F(CommandVmmDelegateTest, RefusesTheLateCallsOfAnOperationThatIsUndone) {
  delegate().detachVolume(undoing("op-1"), kAttach);
  runner_.forget();
  for (const bool attach : {true, false}) {
    const auto late = [&] {
      if (attach) {
        delegate().attachVolume(doing("op-1"), kAttach);
      } else {
        delegate().detachVolume(doing("op-1"), kAttachment);
      }
    };
    EXPECT_EQ(errorOf(late).code(), ErrorCode::IncorrectState);
  }
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(CommandVmmDelegateTest, UndoesADetachByAttachingAgain) {
  delegate().attachVolume(undoing("op-1"), kAttachment);
  EXPECT_EQ(lines(), attachLines());
}

}  // namespace
}  // namespace vbs::vmm_delegate
