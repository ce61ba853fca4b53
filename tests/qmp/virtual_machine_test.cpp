#include "qmp/virtual_machine.h"

#include <gmock/gmock.h>

#include <fstream>
#include <functional>
#include <memory>

#include "fakes/qmp_server.h"
#include "qmp/temporary_directory.h"

namespace vbs::qmp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::chrono::seconds kPlenty{60};
constexpr std::chrono::milliseconds kLittle{500};
const std::string kPortal = "192.0.2.10:3260";

class VirtualMachineTest : public ::testing::Test {
protected:
  static Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

  VirtualMachine open() {
    const auto check = [this](const IscsiUrl& url, const std::optional<TargetName>& initiator, Deadline) {
      asked_.push_back(toString(url) + " by " + (initiator ? initiator->str() : "anybody"));
      return login_;
    };
    auto machine = VirtualMachine::open(socket_, in(kPlenty), check);
    if (!machine) throw std::runtime_error("the fake VM is gone");
    return std::move(*machine);
  }

  Attachment volumeAs(const std::string& device, const std::string& volume = "vol-0a1b2c3d") const {
    return {VolumeId(volume), VmDevice(device),
            IscsiUrl{Portal(kPortal), TargetName("iqn.2009-09.org.example:" + volume), Lun(1)},
            TargetName("iqn.2009-09.org.example:host1")};
  }

  void leaveNode(const std::string& volume = "vol-0a1b2c3d", const std::string& portal = kPortal) {
    vm_.addNode(volume, portal, "iqn.2009-09.org.example:" + volume, 1, "iqn.2009-09.org.example:host1");
  }

  /// What targets answer from now on.
  void targetsAnswer(Login::Outcome outcome, const std::string& reason = {}) { login_ = {outcome, reason}; }

  static ErrorCode codeOf(const std::function<void()>& call, std::string* message = nullptr) {
    try {
      call();
    } catch (const Error& error) {
      if (message != nullptr) *message = error.what();
      return error.code();
    }
    throw std::runtime_error("no error");
  }

  TemporaryDirectory directory_;
  std::filesystem::path socket_ = directory_ / "vm1.qmp";
  fakes::QmpServer vm_{socket_};
  Login login_{Login::Outcome::Granted, {}};
  std::vector<std::string> asked_;
};

using AttachVolume = VirtualMachineTest;
using DetachVolume = VirtualMachineTest;
using ForgetVolume = VirtualMachineTest;
using OpenVm = VirtualMachineTest;
using ListVolumes = VirtualMachineTest;

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

TEST_F(ForgetVolume, LogsOutOnceTheTargetIsThereAgain) {
  leaveNode();
  for (const auto outcome : {Login::Outcome::Refused, Login::Outcome::NoAnswer}) {
    targetsAnswer(outcome);
    EXPECT_FALSE(open().forget(VolumeId("vol-0a1b2c3d"), in(kPlenty)));
  }
  EXPECT_THAT(vm_.changes(), IsEmpty());
  targetsAnswer(Login::Outcome::Granted);
  EXPECT_TRUE(open().forget(VolumeId("vol-0a1b2c3d"), in(kPlenty)));
  EXPECT_THAT(vm_.nodes(), IsEmpty());
}

TEST_F(ForgetVolume, LeavesWhatAGuestSees) {
  open().attach(volumeAs("sdb"), in(kPlenty));
  EXPECT_FALSE(open().forget(VolumeId("vol-0a1b2c3d"), in(kPlenty)));
  EXPECT_FALSE(open().forget(VolumeId("vol-00000001"), in(kPlenty)));
  EXPECT_THAT(vm_.devices(), ElementsAre("vbs-sdb"));
}

TEST_F(OpenVm, IsNothingWhereNoSocketIs) {
  EXPECT_FALSE(VirtualMachine::open(directory_ / "vm2.qmp", in(kPlenty)));
}

TEST_F(OpenVm, IsNothingWhereTheSocketIsLeftFromADeadVm) {
  std::make_unique<fakes::QmpServer>(directory_ / "vm2.qmp").reset();
  ASSERT_TRUE(std::filesystem::exists(directory_ / "vm2.qmp"));
  EXPECT_FALSE(VirtualMachine::open(directory_ / "vm2.qmp", in(kPlenty)));
}

TEST_F(OpenVm, RefusesASocketInNoDirectory) {
  EXPECT_EQ(codeOf([&] { VirtualMachine::open(directory_ / "typo" / "vm1.qmp", in(kPlenty)); }),
            ErrorCode::InvalidParameter);
}

TEST_F(OpenVm, RefusesASocketPathThatIsTooLong) {
  const auto deep = directory_ / std::string(120, 'd').c_str();
  std::filesystem::create_directory(deep);
  const std::ofstream somethingThere(deep / "vm1.qmp");
  EXPECT_EQ(codeOf([&] { VirtualMachine::open(deep / "vm1.qmp", in(kPlenty)); }),
            ErrorCode::InvalidParameter);
}

TEST_F(OpenVm, GivesUpWhileAnotherClientIsServed) {
  vm_.greetNobody();
  EXPECT_EQ(codeOf([&] { VirtualMachine::open(socket_, in(kLittle)); }), ErrorCode::Timeout);
}

TEST_F(ListVolumes, TellsDeviceVolumeAndUrl) {
  open().attach(volumeAs("sdb"), in(kPlenty));
  leaveNode("vol-00000001");
  const auto devices = open().devices(in(kPlenty));
  ASSERT_EQ(devices.size(), 2U);
  EXPECT_EQ(devices[0].volumeId, VolumeId("vol-00000001"));
  EXPECT_EQ(devices[0].vmDevice, std::nullopt);
  EXPECT_EQ(devices[1].volumeId, VolumeId("vol-0a1b2c3d"));
  EXPECT_EQ(devices[1].vmDevice, VmDevice("sdb"));
  EXPECT_EQ(devices[1].url, toString(volumeAs("sdb").url));
}

}  // namespace
}  // namespace vbs::qmp
