#include "qmp/virtual_machine.h"

#include <gmock/gmock.h>

#include <fstream>
#include <memory>

#include "qmp/virtual_machine_fixture.h"

namespace vbs::qmp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using ForgetVolume = VirtualMachineTest;
using OpenVm = VirtualMachineTest;
using ListVolumes = VirtualMachineTest;

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
