#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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

}  // namespace
}  // namespace vbs::vmm_delegate
