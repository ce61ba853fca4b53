#include "qmp/virtual_machine.h"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <fstream>
#include <functional>
#include <memory>

#include "common/command/descriptor.h"
#include "fakes/qmp_server.h"
#include "qmp/temporary_directory.h"

namespace vbs::qmp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::chrono::seconds kPlenty{60};
constexpr std::chrono::milliseconds kLittle{500};

/// A TCP port on loopback that accepts connections: what a portal looks like to a check of it.
class OpenPort {
public:
  OpenPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(fd_.get(), generic, size) != 0 || ::listen(fd_.get(), 16) != 0 ||
        ::getsockname(fd_.get(), generic, &size) != 0) {
      throw std::runtime_error("no port");
    }
    port_ = ntohs(address.sin_port);
  }
  std::string portal() const { return "127.0.0.1:" + std::to_string(port_); }

private:
  command::Descriptor fd_;
  int port_ = 0;
};

class VirtualMachineTest : public ::testing::Test {
protected:
  static Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

  VirtualMachine open() {
    auto machine = VirtualMachine::open(socket_, in(kPlenty));
    if (!machine) throw std::runtime_error("the fake VM is gone");
    return std::move(*machine);
  }

  Attachment volumeAs(const std::string& device, const std::string& volume = "vol-0a1b2c3d") const {
    return {VolumeId(volume), VmDevice(device),
            IscsiUrl{Portal(port_.portal()), TargetName("iqn.2009-09.org.example:" + volume), Lun(1)},
            TargetName("iqn.2009-09.org.example:host1")};
  }

  void leaveNode(const std::string& volume = "vol-0a1b2c3d") {
    vm_.addNode(volume, port_.portal(), "iqn.2009-09.org.example:" + volume, 1);
  }

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
  OpenPort port_;
  fakes::QmpServer vm_{socket_};
};

using AttachVolume = VirtualMachineTest;
using DetachVolume = VirtualMachineTest;
using OpenVm = VirtualMachineTest;
using ListVolumes = VirtualMachineTest;

TEST_F(AttachVolume, LogsInAndThenShowsTheDisk) {
  open().attach(volumeAs("sdb"), in(kPlenty));
  EXPECT_THAT(vm_.changes(), ElementsAre("blockdev-add", "device_add"));
  EXPECT_THAT(vm_.nodes(), ElementsAre("vol-0a1b2c3d"));
  EXPECT_THAT(vm_.devices(), ElementsAre("vbs-sdb"));
  const auto node = vm_.node("vol-0a1b2c3d");
  EXPECT_EQ(node.at("portal"), port_.portal());
  EXPECT_EQ(node.at("target"), "iqn.2009-09.org.example:vol-0a1b2c3d");
  EXPECT_EQ(node.at("lun"), 1);
  EXPECT_EQ(node.at("initiator-name"), "iqn.2009-09.org.example:host1");
}

TEST_F(AttachVolume, DoesNothingWhenItIsThereAlready) {
  open().attach(volumeAs("sdb"), in(kPlenty));
  open().attach(volumeAs("sdb"), in(kPlenty));
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

TEST_F(AttachVolume, NeverSendsTheVmToAPortalThatIsNotThere) {
  auto attachment = volumeAs("sdb");
  {
    const OpenPort closedSoon;
    attachment.url.portal = Portal(closedSoon.portal());
  }
  std::string message;
  EXPECT_EQ(codeOf([&] { open().attach(attachment, in(kPlenty)); }, &message), ErrorCode::CommandFailed);
  EXPECT_THAT(message, HasSubstr(attachment.url.portal.str()));
  EXPECT_THAT(vm_.changes(), IsEmpty());
}

TEST_F(AttachVolume, MendsALoginWithoutADeviceThatWasLeftBehind) {
  leaveNode();
  open().attach(volumeAs("sdb"), in(kPlenty));
  EXPECT_THAT(vm_.changes(), ElementsAre("blockdev-del", "blockdev-add", "device_add"));
}

TEST_F(AttachVolume, PlugsAnewADeviceThatIsStillLeaving) {
  leaveNode();
  vm_.addLeavingDevice("vbs-sdb", "vol-0a1b2c3d");
  vm_.guestHoldsFor(4);
  open().attach(volumeAs("sdb"), in(kPlenty));
  EXPECT_THAT(vm_.changes(), ElementsAre("blockdev-del", "blockdev-add", "device_add"));
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
