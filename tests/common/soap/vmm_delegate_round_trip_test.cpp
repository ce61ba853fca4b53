#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/error.h"
#include "common/soap/vmm_delegate_client.h"
#include "common/soap/vmm_delegate_endpoint.h"
#include "fakes/loopback_channel.h"
#include "fakes/mock_vmm_delegate.h"

namespace vbs::soap {
namespace {

using ::testing::Return;

const RequestId kRequestId("request-1");
const OperationContext kUndo{OperationId("op-1"), kRequestId, true};

VmAttachment fullAttachment() {
  return {.volumeId = VolumeId("vol-0a1b2c3d"),
          .targetName = TargetName("iqn.2009-09.org.example:vol-0a1b2c3d"),
          .portal = Portal("[2001:db8::1]:3260"),
          .lun = Lun(255),
          .vmId = VmId("guest"),
          .vmDevice = VmDevice("xvdb"),
          .size = SizeGiB(5)};
}

VmAttachment bareAttachment() {
  return {.volumeId = VolumeId("vol-0a1b2c3d"),
          .targetName = std::nullopt,
          .portal = std::nullopt,
          .lun = std::nullopt,
          .vmId = VmId("1"),
          .vmDevice = VmDevice("scsi1")};
}

/// A session that is left of a volume, in no VM.
VmAttachment straySession() {
  VmAttachment stray = fullAttachment();
  stray.vmId.reset();
  stray.vmDevice.reset();
  stray.size.reset();
  return stray;
}

MATCHER(IsTheUndo, "") {
  return arg.operationId == kUndo.operationId && arg.requestId == kUndo.requestId && arg.undo;
}

class VmmDelegateRoundTrip : public ::testing::Test {
protected:
  VmmDelegateRoundTrip()
      : endpoint_(delegate_), client_(std::make_unique<fakes::LoopbackChannel>(endpoint_)) {}

  ::testing::StrictMock<fakes::MockVmmDelegate> delegate_;
  VmmDelegateEndpoint endpoint_;
  VmmDelegateClient client_;
};

TEST_F(VmmDelegateRoundTrip, AttachesAVolume) {
  EXPECT_CALL(delegate_, attachVolume(IsTheUndo(), fullAttachment())).WillOnce(Return("/dev/sdb"));
  EXPECT_EQ(client_.attachVolume(kUndo, fullAttachment()), "/dev/sdb");
}

TEST_F(VmmDelegateRoundTrip, AttachesAVolumeThatHasNoTarget) {
  EXPECT_CALL(delegate_, attachVolume(IsTheUndo(), bareAttachment()))
      .WillOnce(Return("rbd:pool/vol-0a1b2c3d?a=1&b=2"));
  EXPECT_EQ(client_.attachVolume(kUndo, bareAttachment()), "rbd:pool/vol-0a1b2c3d?a=1&b=2");
}

TEST_F(VmmDelegateRoundTrip, DetachesAVolume) {
  VmAttachment withoutSize = fullAttachment();
  withoutSize.size.reset();
  EXPECT_CALL(delegate_, detachVolume(IsTheUndo(), withoutSize));
  client_.detachVolume(kUndo, fullAttachment());
  EXPECT_CALL(delegate_, detachVolume(IsTheUndo(), bareAttachment()));
  client_.detachVolume(kUndo, bareAttachment());
}

TEST_F(VmmDelegateRoundTrip, DetachesAVolumeThatNoVmHas) {
  EXPECT_CALL(delegate_, detachVolume(IsTheUndo(), straySession()));
  client_.detachVolume(kUndo, straySession());
}

TEST_F(VmmDelegateRoundTrip, RefusesToAttachToNoVm) {
  try {
    client_.attachVolume(kUndo, straySession());
    ADD_FAILURE() << "attached to no VM";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidParameter);
  }
}

TEST_F(VmmDelegateRoundTrip, TakesTheInventory) {
  using Session = VmHostInventory::Session;
  using Device = VmHostInventory::Device;
  const VmHostInventory inventory{
      .sessions = std::vector<Session>{{TargetName("iqn.2009-09.org.example:vol-0a1b2c3d"),
                                        VolumeId("vol-0a1b2c3d"), Portal("[2001:db8::1]:3260"), Lun(0)},
                                       {std::nullopt, std::nullopt}},
      .devices = std::vector<Device>{{VolumeId("vol-0a1b2c3d"), VmId("guest"), VmDevice("xvdb"), "/dev/sdb"},
                                     {std::nullopt, std::nullopt, std::nullopt, std::nullopt}}};
  EXPECT_CALL(delegate_, inventory(kRequestId)).WillOnce(Return(inventory));
  const VmHostInventory arrived = client_.inventory(kRequestId);
  EXPECT_TRUE(arrived.sessions == inventory.sessions);
  EXPECT_TRUE(arrived.devices == inventory.devices);
}

TEST_F(VmmDelegateRoundTrip, TellsAnEmptyListingFromNone) {
  EXPECT_CALL(delegate_, inventory(kRequestId))
      .WillOnce(Return(VmHostInventory{.sessions = std::vector<VmHostInventory::Session>{}}))
      .WillOnce(Return(VmHostInventory{.devices = std::vector<VmHostInventory::Device>{}}));
  const VmHostInventory sessions = client_.inventory(kRequestId);
  ASSERT_TRUE(sessions.sessions);
  EXPECT_TRUE(sessions.sessions->empty());
  EXPECT_FALSE(sessions.devices);
  const VmHostInventory devices = client_.inventory(kRequestId);
  EXPECT_FALSE(devices.sessions);
  ASSERT_TRUE(devices.devices);
  EXPECT_TRUE(devices.devices->empty());
}

}  // namespace
}  // namespace vbs::soap
