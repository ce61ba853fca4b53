#include <gmock/gmock.h>

#include "qmp/virtual_machine_fixture.h"

namespace vbs::qmp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using AttachVolume = VirtualMachineTest;

TEST_F(AttachVolume, LogsInAndThenShowsTheDisk) {
  open().attach(volumeAs("sdb"), in(kPlenty));
  EXPECT_THAT(vm_.changes(), ElementsAre("blockdev-add", "device_add"));
  EXPECT_THAT(vm_.nodes(), ElementsAre("vol-0a1b2c3d"));
  EXPECT_THAT(vm_.devices(), ElementsAre("vbs-sdb"));
  const auto node = vm_.node("vol-0a1b2c3d");
  EXPECT_EQ(node.at("portal"), kPortal);
  EXPECT_EQ(node.at("target"), "iqn.2009-09.org.example:vol-0a1b2c3d");
  EXPECT_EQ(node.at("lun"), 1);
  EXPECT_EQ(node.at("initiator-name"), "iqn.2009-09.org.example:host1");
}

TEST_F(AttachVolume, DoesNothingWhenItIsThereAlready) {
  EXPECT_TRUE(open().attach(volumeAs("sdb"), in(kPlenty)));
  EXPECT_FALSE(open().attach(volumeAs("sdb"), in(kPlenty)));
  EXPECT_THAT(vm_.changes(), ElementsAre("blockdev-add", "device_add"));
}

TEST_F(AttachVolume, RefusesADeviceThatAnotherVolumeHolds) {
  open().attach(volumeAs("sdb", "vol-00000001"), in(kPlenty));
  std::string message;
  EXPECT_EQ(codeOf([&] { open().attach(volumeAs("sdb"), in(kPlenty)); }, &message), ErrorCode::DeviceInUse);
  EXPECT_THAT(message, HasSubstr("held by volume vol-00000001"));
  EXPECT_THAT(vm_.nodes(), ElementsAre("vol-00000001"));
}

TEST_F(AttachVolume, RefusesAVolumeThatIsAttachedAsAnotherDevice) {
  open().attach(volumeAs("sdb"), in(kPlenty));
  std::string message;
  EXPECT_EQ(codeOf([&] { open().attach(volumeAs("sdc"), in(kPlenty)); }, &message), ErrorCode::DeviceInUse);
  EXPECT_THAT(message, HasSubstr("as device sdb"));
  EXPECT_THAT(vm_.devices(), ElementsAre("vbs-sdb"));
}

TEST_F(AttachVolume, RefusesAVolumeThatIsAttachedFromAnotherTarget) {
  open().attach(volumeAs("sdb"), in(kPlenty));
  auto other = volumeAs("sdb");
  other.url.lun = Lun(2);
  EXPECT_EQ(codeOf([&] { open().attach(other, in(kPlenty)); }), ErrorCode::DeviceInUse);
}

TEST_F(AttachVolume, TakesSeveralVolumes) {
  open().attach(volumeAs("sdb", "vol-00000001"), in(kPlenty));
  open().attach(volumeAs("sdc", "vol-00000002"), in(kPlenty));
  EXPECT_THAT(vm_.devices(), ElementsAre("vbs-sdb", "vbs-sdc"));
}

TEST_F(AttachVolume, LogsOutAgainWhenTheVmRefusesTheDevice) {
  vm_.refuse("device_add", "No 'SCSI' bus found for device 'scsi-hd'");
  std::string message;
  EXPECT_EQ(codeOf([&] { open().attach(volumeAs("sdb"), in(kPlenty)); }, &message), ErrorCode::CommandFailed);
  EXPECT_THAT(message, HasSubstr("No 'SCSI' bus found"));
  EXPECT_THAT(vm_.nodes(), IsEmpty());
}

TEST_F(AttachVolume, PassesOnWhyTheLoginFailed) {
  vm_.refuse("blockdev-add", "iSCSI: Failed to log in to target. Status: Target not found(515)");
  std::string message;
  EXPECT_EQ(codeOf([&] { open().attach(volumeAs("sdb"), in(kPlenty)); }, &message), ErrorCode::CommandFailed);
  EXPECT_THAT(message, HasSubstr("Target not found(515)"));
  EXPECT_THAT(vm_.changes(), ElementsAre("blockdev-add"));
}

TEST_F(AttachVolume, NeverSendsTheVmToATargetThatDoesNotAnswer) {
  targetsAnswer(Login::Outcome::NoAnswer, "Connection refused");
  std::string message;
  EXPECT_EQ(codeOf([&] { open().attach(volumeAs("sdb"), in(kPlenty)); }, &message), ErrorCode::Timeout);
  EXPECT_THAT(message,
              HasSubstr("the portal 192.0.2.10:3260 cannot be reached from this host: Connection refused"));
  EXPECT_THAT(vm_.changes(), IsEmpty());
}

TEST_F(AttachVolume, NeverSendsTheVmToATargetThatDoesNotLetItIn) {
  targetsAnswer(Login::Outcome::Refused, "Target not found(515)");
  std::string message;
  EXPECT_EQ(codeOf([&] { open().attach(volumeAs("sdb"), in(kPlenty)); }, &message), ErrorCode::CommandFailed);
  EXPECT_THAT(message, HasSubstr("does not let this host in to iqn.2009-09.org.example:vol-0a1b2c3d: "
                                 "Target not found(515)"));
  EXPECT_THAT(vm_.changes(), IsEmpty());
  EXPECT_THAT(asked_, ElementsAre("iscsi://192.0.2.10:3260/iqn.2009-09.org.example:vol-0a1b2c3d/1 by "
                                  "iqn.2009-09.org.example:host1"));
}

TEST_F(AttachVolume, PlugsAVirtioDisk) {
  auto attachment = volumeAs("sdb");
  attachment.bus = Bus::Virtio;
  for (int i = 0; i < 2; ++i) open().attach(attachment, in(kPlenty));
  EXPECT_EQ(vm_.driver("vbs-sdb"), "virtio-blk-pci");
  EXPECT_THAT(vm_.changes(), ElementsAre("blockdev-add", "device_add"));
  EXPECT_EQ(open().devices(in(kPlenty)).at(0).vmDevice, VmDevice("sdb"));
}

TEST_F(AttachVolume, LeavesAVirtioDiskThatItsGuestHasNotLetGo) {
  auto attachment = volumeAs("sdb");
  attachment.bus = Bus::Virtio;
  open().attach(attachment, in(kPlenty));
  vm_.guestHoldsForEver();
  EXPECT_EQ(codeOf([&] { open().detach(VolumeId("vol-0a1b2c3d"), VmDevice("sdb"), in(kLittle)); }),
            ErrorCode::VolumeInUse);
  open().attach(attachment, in(kPlenty));
  EXPECT_THAT(vm_.changes(), ElementsAre("blockdev-add", "device_add", "device_del"));
}

TEST_F(AttachVolume, UsesALoginWithoutADeviceThatWasLeftBehind) {
  leaveNode();
  open().attach(volumeAs("sdb"), in(kPlenty));
  EXPECT_THAT(vm_.changes(), ElementsAre("device_add"));
}

TEST_F(AttachVolume, KeepsTheLoginThatWasLeftBehindWhenTheVmRefusesTheDevice) {
  leaveNode();
  vm_.refuse("device_add", "No 'SCSI' bus found for device 'scsi-hd'");
  EXPECT_EQ(codeOf([&] { open().attach(volumeAs("sdb"), in(kPlenty)); }), ErrorCode::CommandFailed);
  EXPECT_THAT(vm_.changes(), ElementsAre("device_add"));
}

TEST_F(AttachVolume, LogsOutOfAnotherTargetOfTheVolumeFirst) {
  leaveNode("vol-0a1b2c3d", "192.0.2.99:3260");
  open().attach(volumeAs("sdb"), in(kPlenty));
  EXPECT_THAT(vm_.changes(), ElementsAre("blockdev-del", "blockdev-add", "device_add"));
}

TEST_F(AttachVolume, DoesNotLogOutOfATargetThatIsGone) {
  leaveNode("vol-0a1b2c3d", "192.0.2.99:3260");
  targetsAnswer(Login::Outcome::Refused);
  std::string message;
  EXPECT_EQ(codeOf([&] { open().attach(volumeAs("sdb"), in(kPlenty)); }, &message), ErrorCode::DeviceInUse);
  EXPECT_THAT(message, HasSubstr("still holds volume vol-0a1b2c3d from iscsi://192.0.2.99:3260/"));
  EXPECT_THAT(vm_.changes(), IsEmpty());
}

TEST_F(AttachVolume, PlugsAnewADeviceThatIsStillLeaving) {
  leaveNode();
  vm_.addLeavingDevice("vbs-sdb", "vol-0a1b2c3d");
  vm_.guestHoldsFor(4);
  open().attach(volumeAs("sdb"), in(kPlenty));
  EXPECT_THAT(vm_.changes(), ElementsAre("device_add"));
}

TEST_F(AttachVolume, FailsWhenTheDeviceThatIsLeavingNeverGoes) {
  leaveNode();
  vm_.addLeavingDevice("vbs-sdb", "vol-0a1b2c3d");
  vm_.guestHoldsForEver();
  EXPECT_EQ(codeOf([&] { open().attach(volumeAs("sdb"), in(kLittle)); }), ErrorCode::VolumeInUse);
  EXPECT_THAT(vm_.changes(), IsEmpty());
}

TEST_F(AttachVolume, GivesUpOnAVmThatDoesNotAnswer) {
  vm_.ignore("blockdev-add");
  EXPECT_EQ(codeOf([&] { open().attach(volumeAs("sdb"), in(kLittle)); }), ErrorCode::Timeout);
}

TEST_F(AttachVolume, SaysWhenTheVmDies) {
  vm_.dieAt("device_add");
  EXPECT_THROW(open().attach(volumeAs("sdb"), in(kPlenty)), VmGone);
}

}  // namespace
}  // namespace vbs::qmp
