#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/error.h"
#include "common/soap/vmm_delegate/client.h"
#include "common/soap/vmm_delegate/endpoint.h"
#include "fakes/loopback_channel.h"
#include "fakes/mock_vmm_delegate.h"
#include "support/expect_error.h"

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
  EXPECT_CALL(delegate_, attachVolume(IsTheUndo(), fullAttachment()))
      .WillOnce(Return(VmPlace{"/dev/sdb", true}));
  EXPECT_EQ(client_.attachVolume(kUndo, fullAttachment()), (VmPlace{"/dev/sdb", true}));
}

TEST_F(VmmDelegateRoundTrip, AttachesAVolumeThatHasNoTarget) {
  EXPECT_CALL(delegate_, attachVolume(IsTheUndo(), bareAttachment()))
      .WillOnce(Return(VmPlace{"rbd:pool/vol-0a1b2c3d?a=1&b=2", false}));
  EXPECT_EQ(client_.attachVolume(kUndo, bareAttachment()), (VmPlace{"rbd:pool/vol-0a1b2c3d?a=1&b=2", false}));
}

TEST_F(VmmDelegateRoundTrip, DetachesAVolume) {
  VmAttachment withoutSize = fullAttachment();
  withoutSize.size.reset();
  EXPECT_CALL(delegate_, detachVolume(IsTheUndo(), withoutSize));
  client_.detachVolume(kUndo, fullAttachment());
  EXPECT_CALL(delegate_, detachVolume(IsTheUndo(), bareAttachment()));
  client_.detachVolume(kUndo, bareAttachment());
}

TEST_F(VmmDelegateRoundTrip, DetachesAVolumeThatAVmWasGivenAndTellsWhatIsLeft) {
  for (const bool flag : {false, true}) {
    VmAttachment attachment = bareAttachment();
    attachment.isInVm = flag;
    EXPECT_CALL(delegate_, detachVolume(IsTheUndo(), attachment)).WillOnce(Return(VmRelease{flag}));
    EXPECT_EQ(client_.detachVolume(kUndo, attachment), VmRelease{flag});
  }
}

TEST_F(VmmDelegateRoundTrip, CarriesWhatWasThereBefore) {
  for (const Presence session : {Presence::Absent, Presence::Present, Presence::Unknown}) {
    for (const Presence device : {Presence::Absent, Presence::Present, Presence::Unknown}) {
      VmAttachment attachment = bareAttachment();
      attachment.before = PriorFinding{session, device};
      EXPECT_CALL(delegate_, attachVolume(IsTheUndo(), attachment))
          .WillOnce(Return(VmPlace{"/dev/sdb", true}));
      client_.attachVolume(kUndo, attachment);
      EXPECT_CALL(delegate_, detachVolume(IsTheUndo(), attachment));
      client_.detachVolume(kUndo, attachment);
    }
  }
}

TEST_F(VmmDelegateRoundTrip, CarriesWhomACallIsFor) {
  OperationContext context = kUndo;
  context.delegateId = DelegateId("delegate-1");
  EXPECT_CALL(delegate_, detachVolume(::testing::Field(&OperationContext::delegateId, context.delegateId),
                                      ::testing::_));
  client_.detachVolume(context, bareAttachment());
}

TEST_F(VmmDelegateRoundTrip, CarriesTheNumberOfACall) {
  for (const std::optional<std::int64_t> number : {std::optional<std::int64_t>(std::int64_t{1} << 60), {}}) {
    OperationContext context = kUndo;
    context.callNumber = number;
    EXPECT_CALL(delegate_,
                detachVolume(::testing::Field(&OperationContext::callNumber, number), ::testing::_));
    client_.detachVolume(context, bareAttachment());
  }
}

TEST_F(VmmDelegateRoundTrip, DescribesItself) {
  const Commander service{ServiceInstanceId("instance-1"), "vbs-service at [::1]:8090"};
  const VmmDelegateDescription known{
      .version = "0.1.0", .identity = {.id = DelegateId("delegate-1"), .otherCommanders = {"a & b", "c"}}};
  EXPECT_CALL(delegate_, describeDelegate(kRequestId, service))
      .WillOnce(Return(known))
      .WillOnce(Return(VmmDelegateDescription{.version = "", .identity = {}}));
  EXPECT_EQ(client_.describeDelegate(kRequestId, service), known);
  EXPECT_EQ(client_.describeDelegate(kRequestId, service),
            (VmmDelegateDescription{.version = "", .identity = {}}));
}

TEST_F(VmmDelegateRoundTrip, DetachesAVolumeThatNoVmHas) {
  EXPECT_CALL(delegate_, detachVolume(IsTheUndo(), straySession()));
  client_.detachVolume(kUndo, straySession());
}

TEST_F(VmmDelegateRoundTrip, RefusesToAttachToNoVm) {
  EXPECT_EQ(errorOf([&] { client_.attachVolume(kUndo, straySession()); }).code(),
            ErrorCode::InvalidParameter);
}

TEST_F(VmmDelegateRoundTrip, TakesTheInventory) {
  using Session = VmHostInventory::Session;
  using Device = VmHostInventory::Device;
  const VmHostInventory inventory{
      .sessions =
          Listing<Session>{{{TargetName("iqn.2009-09.org.example:vol-0a1b2c3d"), VolumeId("vol-0a1b2c3d"),
                             Portal("[2001:db8::1]:3260"), Lun(0), "FAILED"},
                            {std::nullopt, std::nullopt}}},
      .devices = Listing<Device>{{{VolumeId("vol-0a1b2c3d"), VmId("guest"), VmDevice("xvdb"), "/dev/sdb"},
                                  {std::nullopt, std::nullopt, std::nullopt, std::nullopt}},
                                 ListingState::Partial,
                                 "1 line is not understood"}};
  EXPECT_CALL(delegate_, inventory(kRequestId)).WillOnce(Return(inventory));
  const VmHostInventory arrived = client_.inventory(kRequestId);
  EXPECT_TRUE(arrived.sessions == inventory.sessions);
  EXPECT_TRUE(arrived.devices == inventory.devices);
}

TEST_F(VmmDelegateRoundTrip, TellsAnEmptyListingFromNone) {
  EXPECT_CALL(delegate_, inventory(kRequestId))
      .WillOnce(Return(VmHostInventory{.sessions = Listing<VmHostInventory::Session>{}}))
      .WillOnce(Return(VmHostInventory{.devices = Listing<VmHostInventory::Device>{}}));
  const VmHostInventory sessions = client_.inventory(kRequestId);
  ASSERT_TRUE(sessions.sessions);
  EXPECT_TRUE(sessions.sessions->items.empty());
  EXPECT_FALSE(sessions.devices);
  const VmHostInventory devices = client_.inventory(kRequestId);
  EXPECT_FALSE(devices.sessions);
  ASSERT_TRUE(devices.devices);
  EXPECT_TRUE(devices.devices->items.empty());
}

}  // namespace
}  // namespace vbs::soap
