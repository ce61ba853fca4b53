#include <gmock/gmock.h>

#include "qmp/virtual_machine_fixture.h"

namespace vbs::qmp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using DetachVolume = VirtualMachineTest;

TEST_F(DetachVolume, WaitsForTheGuestAndThenLogsOut) {
  open().attach(volumeAs("sdb"), in(kPlenty));
  vm_.guestHoldsFor(4);
  open().detach(VolumeId("vol-0a1b2c3d"), VmDevice("sdb"), in(kPlenty));
  EXPECT_THAT(vm_.changes(), ElementsAre("blockdev-add", "device_add", "device_del", "blockdev-del"));
  EXPECT_THAT(vm_.devices(), IsEmpty());
  EXPECT_THAT(vm_.nodes(), IsEmpty());
}

TEST_F(DetachVolume, SucceedsWhenTheVolumeIsNotThere) {
  open().attach(volumeAs("sdc", "vol-00000001"), in(kPlenty));
  open().detach(VolumeId("vol-0a1b2c3d"), VmDevice("sdc"), in(kPlenty));
  EXPECT_THAT(vm_.devices(), ElementsAre("vbs-sdc"));
}

TEST_F(DetachVolume, LogsOutOfAVolumeWithoutADevice) {
  leaveNode();
  open().detach(VolumeId("vol-0a1b2c3d"), VmDevice("sdb"), in(kPlenty));
  EXPECT_THAT(vm_.nodes(), IsEmpty());
}

TEST_F(DetachVolume, RefusesToTakeAnotherDevice) {
  open().attach(volumeAs("sdb"), in(kPlenty));
  EXPECT_EQ(codeOf([&] { open().detach(VolumeId("vol-0a1b2c3d"), VmDevice("sdc"), in(kPlenty)); }),
            ErrorCode::DeviceInUse);
  EXPECT_THAT(vm_.devices(), ElementsAre("vbs-sdb"));
}

TEST_F(DetachVolume, StaysLoggedInWhenTheGuestDoesNotLetGo) {
  open().attach(volumeAs("sdb"), in(kPlenty));
  vm_.guestHoldsForEver();
  std::string message;
  EXPECT_EQ(codeOf([&] { open().detach(VolumeId("vol-0a1b2c3d"), VmDevice("sdb"), in(kLittle)); }, &message),
            ErrorCode::VolumeInUse);
  EXPECT_THAT(message, HasSubstr("did not let go of device sdb"));
  EXPECT_THAT(vm_.nodes(), ElementsAre("vol-0a1b2c3d"));
}

TEST_F(DetachVolume, AskedAgainWaitsForTheSameUnplug) {
  leaveNode();
  vm_.addLeavingDevice("vbs-sdb", "vol-0a1b2c3d");
  vm_.guestHoldsFor(4);
  open().detach(VolumeId("vol-0a1b2c3d"), VmDevice("sdb"), in(kPlenty));
  EXPECT_THAT(vm_.changes(), ElementsAre("blockdev-del"));
}

TEST_F(DetachVolume, FailsAtOnceWhenTheVmRefusesToUnplug) {
  open().attach(volumeAs("sdb"), in(kPlenty));
  vm_.refuse("device_del", "Bus 'scsi0.0' does not support hotplugging");
  EXPECT_EQ(codeOf([&] { open().detach(VolumeId("vol-0a1b2c3d"), VmDevice("sdb"), in(kPlenty)); }),
            ErrorCode::CommandFailed);
}

TEST_F(DetachVolume, WaitsUntilQemuHasTakenTheDeviceDown) {
  open().attach(volumeAs("sdb"), in(kPlenty));
  vm_.refuseFor(2, "blockdev-del", "Node vol-0a1b2c3d is in use");
  open().detach(VolumeId("vol-0a1b2c3d"), VmDevice("sdb"), in(kPlenty));
  EXPECT_THAT(vm_.nodes(), IsEmpty());
}

// A target that is gone.

TEST_F(DetachVolume, TakesTheDiskFromTheGuestAndStaysLoggedInToATargetThatIsGone) {
  open().attach(volumeAs("sdb"), in(kPlenty));
  targetsAnswer(Login::Outcome::Refused);
  vm_.guestHoldsFor(4);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(open().detach(VolumeId("vol-0a1b2c3d"), VmDevice("sdb"), in(kPlenty)), Departure::StillHeld);
  }
  EXPECT_THAT(vm_.changes(), ElementsAre("blockdev-add", "device_add", "device_del"));
  EXPECT_THAT(vm_.devices(), IsEmpty());
}

TEST_F(DetachVolume, WaitsForTheIoOfAVmWhoseTargetIsGone) {
  open().attach(volumeAs("sdb"), in(kPlenty));
  targetsAnswer(Login::Outcome::Refused);
  vm_.keepInFlight(1);
  std::string message;
  EXPECT_EQ(codeOf([&] { open().detach(VolumeId("vol-0a1b2c3d"), VmDevice("sdb"), in(kLittle)); }, &message),
            ErrorCode::VolumeInUse);
  EXPECT_THAT(message, AllOf(HasSubstr("has I/O under way"), HasSubstr("device sdb"), HasSubstr("end that")));
  EXPECT_THAT(vm_.devices(), ElementsAre("vbs-sdb"));
  vm_.keepInFlight(0);
  EXPECT_EQ(open().detach(VolumeId("vol-0a1b2c3d"), VmDevice("sdb"), in(kPlenty)), Departure::StillHeld);
}

TEST_F(DetachVolume, KnowsTheIoOfAVirtioDiskToo) {
  auto attachment = volumeAs("sdb");
  attachment.bus = Bus::Virtio;
  open().attach(attachment, in(kPlenty));
  targetsAnswer(Login::Outcome::Refused);
  vm_.keepInFlight(1);
  EXPECT_EQ(codeOf([&] { open().detach(VolumeId("vol-0a1b2c3d"), VmDevice("sdb"), in(kLittle)); }),
            ErrorCode::VolumeInUse);
}

TEST_F(DetachVolume, GoesOnWhereTheVmCannotTellItsIo) {
  open().attach(volumeAs("sdb"), in(kPlenty));
  targetsAnswer(Login::Outcome::Refused);
  vm_.refuse("x-query-virtio-status", "The command x-query-virtio-status has not been found",
             "CommandNotFound");
  EXPECT_EQ(open().detach(VolumeId("vol-0a1b2c3d"), VmDevice("sdb"), in(kPlenty)), Departure::StillHeld);
}

TEST_F(DetachVolume, DoesNothingWhileThePortalDoesNotAnswer) {
  open().attach(volumeAs("sdb"), in(kPlenty));
  targetsAnswer(Login::Outcome::NoAnswer, "Connection refused");
  std::string message;
  EXPECT_EQ(codeOf([&] { open().detach(VolumeId("vol-0a1b2c3d"), VmDevice("sdb"), in(kPlenty)); }, &message),
            ErrorCode::Timeout);
  EXPECT_THAT(message,
              AllOf(HasSubstr("does not answer (Connection refused)"), HasSubstr("nothing was done")));
  EXPECT_THAT(vm_.devices(), ElementsAre("vbs-sdb"));
}

}  // namespace
}  // namespace vbs::qmp
