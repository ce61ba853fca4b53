#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/error.h"
#include "common/soap/volume_delegate/client.h"
#include "common/soap/volume_delegate/endpoint.h"
#include "fakes/loopback_channel.h"
#include "fakes/mock_volume_delegate.h"
#include "messages.h"

namespace vbs::soap {
namespace {

using ::testing::_;
using ::testing::HasSubstr;
using ::testing::Return;

const VolumeId kVolumeId("vol-0a1b2c3d");
const SnapshotId kSnapshotId("snap-00c0ffee");
const RequestId kRequestId("4f6c-request");
const OperationContext kDo{OperationId("op-1"), kRequestId, false};
const OperationContext kUndo{OperationId("op-1"), kRequestId, true};
const VmmHostname kHost("node1.example");
const TargetIdentity kTarget{TargetId(7), TargetName("iqn.2009-09.org.example:vol-0a1b2c3d")};

MATCHER_P(SameOperation, expected, "") {
  return arg.operationId == expected.operationId && arg.requestId == expected.requestId &&
         arg.undo == expected.undo;
}

class VolumeDelegateRoundTrip : public ::testing::Test {
protected:
  VolumeDelegateRoundTrip()
      : endpoint_(delegate_), client_(std::make_unique<fakes::LoopbackChannel>(endpoint_)) {}

  std::string answerTo(const std::string& body) {
    return endpoint_.handle({"/volume-delegate", "text/xml", testing::envelope(body)}).body;
  }

  ::testing::StrictMock<fakes::MockVolumeDelegate> delegate_;
  VolumeDelegateEndpoint endpoint_;
  VolumeDelegateClient client_;
};

TEST_F(VolumeDelegateRoundTrip, DescribesItself) {
  for (const bool usesTargets : {false, true}) {
    const Commander service{ServiceInstanceId("instance-1"), "vbs-service"};
    EXPECT_CALL(delegate_, describeDelegate(kRequestId, service))
        .WillOnce(Return(VolumeDelegateDescription{
            "0.1.0", usesTargets, {.id = DelegateId("delegate-1"), .otherCommanders = {"another"}}}));
    const auto description = client_.describeDelegate(kRequestId, service);
    EXPECT_EQ(description.identity, (DelegateIdentity{DelegateId("delegate-1"), {"another"}}));
    EXPECT_EQ(description.version, "0.1.0");
    EXPECT_EQ(description.usesTargets, usesTargets);
  }
}

TEST_F(VolumeDelegateRoundTrip, CreatesAVolume) {
  EXPECT_CALL(delegate_, createVolume(SameOperation(kDo), kVolumeId, SizeGiB(5), std::optional<SnapshotId>()))
      .WillOnce(Return(CreateVolumeOutcome::Available));
  EXPECT_EQ(client_.createVolume(kDo, kVolumeId, SizeGiB(5), std::nullopt), CreateVolumeOutcome::Available);
}

TEST_F(VolumeDelegateRoundTrip, CreatesAVolumeFromASnapshot) {
  EXPECT_CALL(delegate_,
              createVolume(SameOperation(kUndo), kVolumeId, SizeGiB(5), std::optional(kSnapshotId)))
      .WillOnce(Return(CreateVolumeOutcome::Pending));
  EXPECT_EQ(client_.createVolume(kUndo, kVolumeId, SizeGiB(5), kSnapshotId), CreateVolumeOutcome::Pending);
}

TEST_F(VolumeDelegateRoundTrip, DeletesAVolume) {
  EXPECT_CALL(delegate_, deleteVolume(SameOperation(kUndo), kVolumeId, SizeGiB(SizeGiB::kMax)));
  client_.deleteVolume(kUndo, kVolumeId, SizeGiB(SizeGiB::kMax));
}

TEST_F(VolumeDelegateRoundTrip, CreatesAndDeletesASnapshot) {
  EXPECT_CALL(delegate_, createSnapshot(SameOperation(kDo), kSnapshotId, kVolumeId, SizeGiB(1)));
  EXPECT_CALL(delegate_, deleteSnapshot(SameOperation(kUndo), kSnapshotId, kVolumeId, SizeGiB(2)));
  client_.createSnapshot(kDo, kSnapshotId, kVolumeId, SizeGiB(1));
  client_.deleteSnapshot(kUndo, kSnapshotId, kVolumeId, SizeGiB(2));
}

TEST_F(VolumeDelegateRoundTrip, ExportsAVolumeAsATarget) {
  const VolumeExport exported{Portal("192.0.2.10:3260"), Lun(0)};
  EXPECT_CALL(delegate_, exportVolume(SameOperation(kDo), kVolumeId, std::optional(kTarget), kHost))
      .WillOnce(Return(exported));
  EXPECT_EQ(client_.exportVolume(kDo, kVolumeId, kTarget, kHost), exported);
}

TEST_F(VolumeDelegateRoundTrip, ExportsAVolumeWithoutATarget) {
  EXPECT_CALL(delegate_, exportVolume(SameOperation(kDo), kVolumeId, std::optional<TargetIdentity>(), kHost))
      .WillOnce(Return(VolumeExport{}));
  EXPECT_EQ(client_.exportVolume(kDo, kVolumeId, std::nullopt, kHost), VolumeExport{});
}

TEST_F(VolumeDelegateRoundTrip, UnexportsAVolume) {
  const std::optional<VmmHostname> noHost;
  EXPECT_CALL(delegate_, unexportVolume(SameOperation(kUndo), kVolumeId, std::optional(kTarget), noHost));
  client_.unexportVolume(kUndo, kVolumeId, kTarget, std::nullopt);
  EXPECT_CALL(delegate_,
              unexportVolume(SameOperation(kDo), kVolumeId, std::optional<TargetIdentity>(), noHost));
  client_.unexportVolume(kDo, kVolumeId, std::nullopt, std::nullopt);
}

TEST_F(VolumeDelegateRoundTrip, UnexportsAVolumeFromALostHost) {
  EXPECT_CALL(delegate_,
              unexportVolume(SameOperation(kDo), kVolumeId, std::optional(kTarget), std::optional(kHost)));
  client_.unexportVolume(kDo, kVolumeId, kTarget, kHost);
}

TEST_F(VolumeDelegateRoundTrip, RefusesHalfATarget) {
  const std::string head =
      "<exportVolume xmlns='urn:vbs:volume-delegate:1'><context><operationId xmlns='urn:vbs:types:1'>o"
      "</operationId><requestId "
      "xmlns='urn:vbs:types:1'>r</requestId></context><volumeId>vol-0a1b2c3d</volumeId>";
  EXPECT_THAT(answerTo(head + "<targetId>7</targetId><vmmHostname>node1</vmmHostname></exportVolume>"),
              HasSubstr("together or not at all"));
  EXPECT_THAT(answerTo(head + "<targetName>iqn.2009-09.org.example:v</targetName><vmmHostname>node1</"
                              "vmmHostname></exportVolume>"),
              HasSubstr("together or not at all"));
}

TEST_F(VolumeDelegateRoundTrip, DescribesCopiesInEveryState) {
  const std::vector<VolumeId> ids{VolumeId("vol-00000001"), VolumeId("vol-00000002"),
                                  VolumeId("vol-00000003"), VolumeId("vol-00000004")};
  EXPECT_CALL(delegate_, describeCopies(kRequestId, ids))
      .WillOnce(Return(std::vector<CopyStatus>{{ids[0], CopyState::Pending, 42, std::nullopt},
                                               {ids[1], CopyState::Done, std::nullopt, std::nullopt},
                                               {ids[2], CopyState::Failed, 99, "dd: no space left"},
                                               {ids[3], CopyState::Unknown, std::nullopt, std::nullopt}}));
  const auto copies = client_.describeCopies(kRequestId, ids);
  ASSERT_EQ(copies.size(), 4U);
  EXPECT_EQ(copies[0].volumeId, ids[0]);
  EXPECT_EQ(copies[0].state, CopyState::Pending);
  EXPECT_EQ(copies[0].progressPercent, 42);
  EXPECT_EQ(copies[0].reason, std::nullopt);
  EXPECT_EQ(copies[1].state, CopyState::Done);
  EXPECT_EQ(copies[1].progressPercent, std::nullopt);
  EXPECT_EQ(copies[2].state, CopyState::Failed);
  EXPECT_EQ(copies[2].reason, "dd: no space left");
  EXPECT_EQ(copies[3].state, CopyState::Unknown);
}

TEST_F(VolumeDelegateRoundTrip, DescribesNoCopies) {
  EXPECT_CALL(delegate_, describeCopies(kRequestId, std::vector<VolumeId>{}))
      .WillOnce(Return(std::vector<CopyStatus>{}));
  EXPECT_TRUE(client_.describeCopies(kRequestId, {}).empty());
}

TEST_F(VolumeDelegateRoundTrip, TakesTheInventory) {
  const VolumeServerInventory inventory{
      .volumes = {{{kVolumeId}, {VolumeId("vol-ffffffff"), 1LL << 40}},
                  ListingState::Partial,
                  "a line is odd"},
      .snapshots = {{{kSnapshotId}, {SnapshotId("snap-ffffffff"), "it is full", kVolumeId, 1LL << 30}}},
      .targets = {{{TargetId(7), kTarget.targetName, kVolumeId},
                   {std::nullopt, TargetName("iqn.2009-09.org.example:vol-ffffffff")}},
                  ListingState::Unknown,
                  "no answer"},
      .showsWhatTargetsServe = true,
      .foreignTargetIds = {TargetId(3), TargetId(9)}};
  EXPECT_CALL(delegate_, inventory(kRequestId)).WillOnce(Return(inventory));
  const auto arrived = client_.inventory(kRequestId);
  EXPECT_TRUE(arrived.volumes == inventory.volumes);
  EXPECT_TRUE(arrived.showsWhatTargetsServe);
  EXPECT_TRUE(arrived.foreignTargetIds == inventory.foreignTargetIds);
  EXPECT_TRUE(arrived.snapshots == inventory.snapshots);
  EXPECT_TRUE(arrived.targets == inventory.targets);
}

TEST_F(VolumeDelegateRoundTrip, TakesAnInventoryOfTenThousandVolumes) {
  const VolumeServerInventory inventory{
      .volumes = {std::vector<VolumeServerInventory::Volume>(10'000, {kVolumeId, 1})}};
  EXPECT_CALL(delegate_, inventory(kRequestId)).WillOnce(Return(inventory));
  EXPECT_TRUE(client_.inventory(kRequestId).volumes == inventory.volumes);
}

TEST_F(VolumeDelegateRoundTrip, TellsTheCapacity) {
  EXPECT_CALL(delegate_, capacity(kRequestId)).WillOnce(Return(Capacity{1LL << 60, 0}));
  const Capacity capacity = client_.capacity(kRequestId);
  EXPECT_EQ(capacity.totalBytes, 1LL << 60);
  EXPECT_EQ(capacity.freeBytes, 0);
}

TEST_F(VolumeDelegateRoundTrip, NamesTheServicesRequestInAFault) {
  EXPECT_CALL(delegate_, capacity(_)).WillOnce([](const auto&) -> Capacity {
    throw Error(ErrorCode::Timeout, "vgs took too long");
  });
  EXPECT_THAT(
      answerTo(
          "<capacity xmlns='urn:vbs:volume-delegate:1'><requestId>the-services-own</requestId></capacity>"),
      HasSubstr("requestId>the-services-own<"));
}

TEST_F(VolumeDelegateRoundTrip, RefusesAMissingContext) {
  EXPECT_THAT(answerTo("<deleteVolume xmlns='urn:vbs:volume-delegate:1'><volumeId>vol-0a1b2c3d</volumeId>"
                       "<sizeGiB>1</sizeGiB></deleteVolume>"),
              HasSubstr("&lt;deleteVolume&gt; lacks a required element"));
  EXPECT_THAT(answerTo("<deleteVolume xmlns='urn:vbs:volume-delegate:1'>"
                       "<context xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'/>"
                       "<volumeId>vol-0a1b2c3d</volumeId><sizeGiB>1</sizeGiB></deleteVolume>"),
              HasSubstr("InvalidParameter"));
}

}  // namespace
}  // namespace vbs::soap
