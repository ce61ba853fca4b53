#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <thread>

#include "vmm_delegate/command_vmm_delegate_fixture.h"

namespace vbs::vmm_delegate {
namespace {

using command::Command;
using command::FakeCommandRunner;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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

TEST_F(CommandVmmDelegateTest, DisconnectsNoHostWhoseVmIsSeenToHaveTheVolume) {
  delegate().attachVolume(doing("op-1"), kAttach);
  runner_.on("devices", FakeCommandRunner::prints("vm2 xvdc vol-00000001\n"));
  runner_.forget();
  const Error error = errorOf([&] { delegate().detachVolume(doing("op-2"), kAttachment); });
  EXPECT_THAT(error.what(), AllOf(HasSubstr("vm2"), HasSubstr("xvdc")));
  EXPECT_THAT(lines(), ElementsAre("block-detach vm1 xvdb"));
}

// A call that comes twice: the first has given the volume to the VM, the second fails before that.
TEST_F(CommandVmmDelegateTest, DisconnectsNoHostWhoseVmMayHaveTheVolumeOfARepeatedAttach) {
  delegate().attachVolume(doing("op-1"), kAttach);
  runner_.forget();
  runner_.on("login", FakeCommandRunner::exits(1, "no route to host"));
  runner_.on("devices", FakeCommandRunner::exits(1, "the hypervisor does not answer"));
  const Error error = errorOf([&] { delegate().attachVolume(doing("op-1"), kAttach); });
  EXPECT_THAT(error.what(), HasSubstr("list.devices cannot be trusted"));
  EXPECT_THAT(lines(), Not(Contains(HasSubstr("logout"))));
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

}  // namespace
}  // namespace vbs::vmm_delegate
