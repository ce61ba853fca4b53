#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "common/model/error.h"
#include "common/soap/vbs_service/client.h"
#include "common/soap/vbs_service/endpoint.h"
#include "fakes/loopback_channel.h"
#include "fakes/mock_vbs_service.h"
#include "support/expect_error.h"

// A VbsServiceClient joined to a VbsServiceEndpoint: what goes in at one end comes out at the other.

namespace vbs::soap {
namespace {

using ::testing::_;
using ::testing::Return;

const VolumeId kVolumeId("vol-0a1b2c3d");
const SnapshotId kSnapshotId("snap-00c0ffee");

Time at(std::int64_t seconds) {
  return Time(std::chrono::seconds(seconds));
}

Attachment fullAttachment() {
  return {
      .volumeId = kVolumeId,
      .vmmHostname = VmmHostname("node-1.example"),
      .vmId = VmId("7d1f:guest_1"),
      .vmDevice = VmDevice("xvdb"),
      .hostDevice = "/dev/disk/by-path/ip-192.0.2.10:3260-iscsi-iqn.2009-09.org.example:vol-0a1b2c3d-lun-1",
      .status = AttachmentStatus::Attached,
      .attachTime = at(1'700'000'100)};
}

Attachment bareAttachment() {
  return {.volumeId = kVolumeId,
          .vmmHostname = VmmHostname("n"),
          .vmId = VmId("1"),
          .vmDevice = VmDevice("sdb"),
          .hostDevice = std::nullopt,
          .status = AttachmentStatus::Attaching,
          .attachTime = std::nullopt};
}

Volume fullVolume() {
  return {.volumeId = kVolumeId,
          .size = SizeGiB(SizeGiB::kMax),
          .comment = "h\xC3\xA9llo <&>\"' \xF0\x9F\x98\x80 \t two\n lines ]]> ",
          .snapshotId = kSnapshotId,
          .status = VolumeStatus::InUse,
          .statusReason = "because",
          .progressPercent = 0,
          .createTime = at(1'700'000'000),
          .attachment = fullAttachment()};
}

Volume bareVolume() {
  return {.volumeId = VolumeId("vol-ffffffff"),
          .size = SizeGiB(1),
          .comment = "",
          .snapshotId = std::nullopt,
          .status = VolumeStatus::Pending,
          .statusReason = std::nullopt,
          .progressPercent = std::nullopt,
          .createTime = at(0),
          .attachment = std::nullopt};
}

Snapshot fullSnapshot() {
  return {.snapshotId = kSnapshotId,
          .volumeId = kVolumeId,
          .size = SizeGiB(3),
          .comment = "before the upgrade",
          .status = SnapshotStatus::Error,
          .statusReason = "no room",
          .progressPercent = 100,
          .startTime = at(4'102'444'800)};  // 2100: beyond 32 bits
}

class VbsServiceRoundTrip : public ::testing::Test {
protected:
  VbsServiceRoundTrip() : endpoint_(service_), client_(std::make_unique<fakes::LoopbackChannel>(endpoint_)) {}

  Volume describeOne(const Volume& volume) {
    EXPECT_CALL(service_, describeVolumes(_, _)).WillOnce(Return(Page<Volume>{{volume}, std::nullopt}));
    const Page<Volume> page = client_.describeVolumes(context_, {});
    EXPECT_EQ(page.records.size(), 1U);
    return page.records.at(0);
  }

  Snapshot describeOne(const Snapshot& snapshot) {
    EXPECT_CALL(service_, describeSnapshots(_, _)).WillOnce(Return(Page<Snapshot>{{snapshot}, std::nullopt}));
    const Page<Snapshot> page = client_.describeSnapshots(context_, {});
    EXPECT_EQ(page.records.size(), 1U);
    return page.records.at(0);
  }

  /// The error that arrives when the service throws `error`.
  Error arrivalOf(const Error& error) {
    EXPECT_CALL(service_, deleteVolume(_, _)).WillOnce([&](const auto&, const auto&) { throw Error(error); });
    try {
      client_.deleteVolume(context_, kVolumeId);
    } catch (const Error& arrived) {
      return arrived;
    }
    ADD_FAILURE() << "no error arrived";
    return error;
  }

  const RequestContext context_{RequestId("r-1")};
  ::testing::StrictMock<fakes::MockVbsService> service_;
  VbsServiceEndpoint endpoint_;
  VbsServiceClient client_;
};

TEST_F(VbsServiceRoundTrip, CreatesAVolumeWithEveryField) {
  EXPECT_CALL(service_, createVolume(_, _)).WillOnce([](const auto&, const CreateVolumeRequest& request) {
    EXPECT_EQ(request.sizeGiB, 20);
    EXPECT_EQ(request.comment, "a <comment> & \xC3\xA9");
    EXPECT_EQ(request.snapshotId, kSnapshotId);
    EXPECT_EQ(request.clientToken, "token-1");
    return fullVolume();
  });
  EXPECT_EQ(client_.createVolume(context_, {20, "a <comment> & \xC3\xA9", kSnapshotId, "token-1"}),
            fullVolume());
}

TEST_F(VbsServiceRoundTrip, CreatesAVolumeWithNoFieldAtAll) {
  EXPECT_CALL(service_, createVolume(_, _)).WillOnce([](const auto&, const CreateVolumeRequest& request) {
    EXPECT_EQ(request.sizeGiB, std::nullopt);
    EXPECT_EQ(request.comment, "");
    EXPECT_EQ(request.snapshotId, std::nullopt);
    EXPECT_EQ(request.clientToken, std::nullopt);
    return bareVolume();
  });
  EXPECT_EQ(client_.createVolume(context_, {}), bareVolume());
}

TEST_F(VbsServiceRoundTrip, LeavesTheJudgementOfASizeToTheService) {
  EXPECT_CALL(service_, createVolume(_, _)).WillOnce([](const auto&, const CreateVolumeRequest& request) {
    EXPECT_EQ(request.sizeGiB, std::numeric_limits<std::int64_t>::min());
    return bareVolume();
  });
  client_.createVolume(context_, {std::numeric_limits<std::int64_t>::min(), "", {}, {}});
}

TEST_F(VbsServiceRoundTrip, DeletesAVolume) {
  EXPECT_CALL(service_, deleteVolume(_, kVolumeId));
  client_.deleteVolume(context_, kVolumeId);
}

TEST_F(VbsServiceRoundTrip, DescribesThePartThatWasAskedFor) {
  EXPECT_CALL(service_, describeVolumes(_, _))
      .WillOnce([](const auto&, const DescribeRequest<VolumeId>& request) {
        EXPECT_EQ(request.ids, (std::vector{kVolumeId, VolumeId("vol-ffffffff")}));
        EXPECT_EQ(request.maxResults, 2);
        EXPECT_EQ(request.nextToken, "page 2");
        return Page<Volume>{{fullVolume(), bareVolume()}, "page 3"};
      });
  const Page<Volume> page =
      client_.describeVolumes(context_, {{kVolumeId, VolumeId("vol-ffffffff")}, 2, "page 2"});
  EXPECT_EQ(page.records, (std::vector{fullVolume(), bareVolume()}));
  EXPECT_EQ(page.nextToken, "page 3");
}

TEST_F(VbsServiceRoundTrip, DescribesAllVolumes) {
  EXPECT_CALL(service_, describeVolumes(_, _))
      .WillOnce([](const auto&, const DescribeRequest<VolumeId>& request) {
        EXPECT_TRUE(request.ids.empty());
        EXPECT_EQ(request.maxResults, std::nullopt);
        EXPECT_EQ(request.nextToken, std::nullopt);
        return Page<Volume>{};
      });
  const Page<Volume> page = client_.describeVolumes(context_, {});
  EXPECT_TRUE(page.records.empty());
  EXPECT_EQ(page.nextToken, std::nullopt);
}

TEST_F(VbsServiceRoundTrip, CarriesAThousandIdsAndRecords) {
  const std::vector<VolumeId> ids(1000, kVolumeId);
  const std::vector<Volume> volumes(1000, fullVolume());
  EXPECT_CALL(service_, describeVolumes(_, _))
      .WillOnce([&](const auto&, const DescribeRequest<VolumeId>& request) {
        EXPECT_EQ(request.ids, ids);
        return Page<Volume>{volumes, std::nullopt};
      });
  EXPECT_EQ(client_.describeVolumes(context_, {ids, {}, {}}).records, volumes);
}

TEST_F(VbsServiceRoundTrip, TellsEveryStatusOfAVolume) {
  for (const auto status :
       {VolumeStatus::Pending, VolumeStatus::Available, VolumeStatus::Attaching, VolumeStatus::InUse,
        VolumeStatus::Detaching, VolumeStatus::Deleting, VolumeStatus::Error}) {
    Volume volume = bareVolume();
    volume.status = status;
    EXPECT_EQ(describeOne(volume), volume) << toString(status);
  }
}

TEST_F(VbsServiceRoundTrip, TellsEveryStatusOfASnapshot) {
  for (const auto status : {SnapshotStatus::Pending, SnapshotStatus::Completed, SnapshotStatus::Deleting,
                            SnapshotStatus::Error}) {
    Snapshot snapshot = fullSnapshot();
    snapshot.status = status;
    EXPECT_EQ(describeOne(snapshot), snapshot) << toString(status);
  }
}

TEST_F(VbsServiceRoundTrip, TellsEveryStatusOfAnAttachment) {
  for (const auto status :
       {AttachmentStatus::Attaching, AttachmentStatus::Attached, AttachmentStatus::Detaching}) {
    Volume volume = bareVolume();
    volume.attachment = bareAttachment();
    volume.attachment->status = status;
    EXPECT_EQ(describeOne(volume), volume) << toString(status);
  }
}

TEST_F(VbsServiceRoundTrip, KeepsAnEmptyTextApartFromNone) {
  Volume volume = bareVolume();
  volume.statusReason = "";
  EXPECT_EQ(describeOne(volume), volume);
}

TEST_F(VbsServiceRoundTrip, CreatesASnapshot) {
  EXPECT_CALL(service_, createSnapshot(_, _)).WillOnce([](const auto&, const CreateSnapshotRequest& request) {
    EXPECT_EQ(request.volumeId, kVolumeId);
    EXPECT_EQ(request.comment, "before the upgrade");
    EXPECT_EQ(request.clientToken, "t");
    return fullSnapshot();
  });
  EXPECT_EQ(client_.createSnapshot(context_, {kVolumeId, "before the upgrade", "t"}), fullSnapshot());
}

TEST_F(VbsServiceRoundTrip, DeletesASnapshot) {
  EXPECT_CALL(service_, deleteSnapshot(_, kSnapshotId));
  client_.deleteSnapshot(context_, kSnapshotId);
}

TEST_F(VbsServiceRoundTrip, DescribesSnapshots) {
  EXPECT_CALL(service_, describeSnapshots(_, _))
      .WillOnce([](const auto&, const DescribeRequest<SnapshotId>& request) {
        EXPECT_EQ(request.ids, std::vector{kSnapshotId});
        EXPECT_EQ(request.maxResults, 1000);
        EXPECT_EQ(request.nextToken, "");
        return Page<Snapshot>{{fullSnapshot()}, ""};
      });
  const Page<Snapshot> page = client_.describeSnapshots(context_, {{kSnapshotId}, 1000, ""});
  EXPECT_EQ(page.records, std::vector{fullSnapshot()});
  EXPECT_EQ(page.nextToken, "");
}

TEST_F(VbsServiceRoundTrip, AttachesAVolume) {
  EXPECT_CALL(service_, attachVolume(_, _)).WillOnce([](const auto&, const AttachVolumeRequest& request) {
    EXPECT_EQ(request.volumeId, kVolumeId);
    EXPECT_EQ(request.vmmHostname, VmmHostname("node-1.example"));
    EXPECT_EQ(request.vmId, VmId("7d1f:guest_1"));
    EXPECT_EQ(request.vmDevice, VmDevice("xvdb"));
    return fullAttachment();
  });
  EXPECT_EQ(client_.attachVolume(
                context_, {kVolumeId, VmmHostname("node-1.example"), VmId("7d1f:guest_1"), VmDevice("xvdb")}),
            fullAttachment());
}

TEST_F(VbsServiceRoundTrip, DetachesAVolumeWithAndWithoutForce) {
  for (const bool force : {false, true}) {
    EXPECT_CALL(service_, detachVolume(_, _)).WillOnce([&](const auto&, const DetachVolumeRequest& request) {
      EXPECT_EQ(request.volumeId, kVolumeId);
      EXPECT_EQ(request.force, force);
      return bareAttachment();
    });
    EXPECT_EQ(client_.detachVolume(context_, {kVolumeId, force}), bareAttachment());
  }
}

TEST_F(VbsServiceRoundTrip, GivesEachRequestANameOfItsOwn) {
  std::vector<std::string> names;
  EXPECT_CALL(service_, deleteVolume(_, _))
      .Times(2)
      .WillRepeatedly(
          [&](const RequestContext& context, const auto&) { names.push_back(context.requestId.str()); });
  client_.deleteVolume(context_, kVolumeId);
  client_.deleteVolume(context_, kVolumeId);
  ASSERT_EQ(names.size(), 2U);
  EXPECT_NE(names[0], names[1]);
}

TEST_F(VbsServiceRoundTrip, CarriesEveryErrorCode) {
  for (int number = 0; number <= static_cast<int>(ErrorCode::InternalError); ++number) {
    const auto code = static_cast<ErrorCode>(number);
    const Error arrived = arrivalOf(Error(code, "what <happened> & why", "vol-0a1b2c3d"));
    EXPECT_EQ(arrived.code(), code) << toString(code);
    EXPECT_STREQ(arrived.what(), "what <happened> & why");
    EXPECT_EQ(arrived.resource(), "vol-0a1b2c3d");
    EXPECT_EQ(arrived.command(), std::nullopt);
  }
}

TEST_F(VbsServiceRoundTrip, CarriesAnErrorWithoutAResource) {
  EXPECT_EQ(arrivalOf(Error(ErrorCode::Busy, "busy")).resource(), "");
}

TEST_F(VbsServiceRoundTrip, CarriesWhatACallThatFailedHasChanged) {
  for (const Effect effect : {Effect::None, Effect::Partial, Effect::Unknown}) {
    for (const ErrorCode code : {ErrorCode::InvalidParameter, ErrorCode::Timeout, ErrorCode::CommandFailed}) {
      EXPECT_EQ(arrivalOf(Error(code, "no").withEffect(effect)).effect(), effect) << toString(code);
    }
  }
}

TEST_F(VbsServiceRoundTrip, CarriesTheCommandThatFailed) {
  const CommandFailure failure{"target.create.2", 107, "tgtadm: <this target> already exists & more\n"};
  const Error arrived = arrivalOf(Error("the export failed", "vol-0a1b2c3d", failure));
  EXPECT_EQ(arrived.code(), ErrorCode::CommandFailed);
  EXPECT_EQ(arrived.command(), failure);
  EXPECT_EQ(arrived.resource(), "vol-0a1b2c3d");
}

TEST_F(VbsServiceRoundTrip, CarriesACommandThatHasNoExitCode) {
  const CommandFailure failure{"volume.create", std::nullopt, ""};
  EXPECT_EQ(arrivalOf(Error("killed", "vol-0a1b2c3d", failure)).command(), failure);
}

TEST_F(VbsServiceRoundTrip, SendsNoBytesThatXmlForbids) {
  const CommandFailure failure{"volume.create", 5, "binary \x01\xFF output"};
  const Error arrived = arrivalOf(Error("half a character \xC3", "vol-0a1b2c3d", failure));
  EXPECT_STREQ(arrived.what(), "half a character ?");
  EXPECT_EQ(arrived.command()->stderrTail, "binary ?? output");
}

TEST_F(VbsServiceRoundTrip, ReplacesWhatXmlForbidsInARecord) {
  Volume volume = bareVolume();
  volume.statusReason = "device says \x1B[31mno\xFF";
  EXPECT_EQ(describeOne(volume).statusReason, "device says ?[31mno?");
}

TEST_F(VbsServiceRoundTrip, RefusesToSendAChangedComment) {
  const Error error = errorOf([&] { client_.createVolume(context_, {1, "bell \x07", {}, {}}); });
  EXPECT_EQ(error.code(), ErrorCode::InvalidParameter);
  EXPECT_STREQ(error.what(), "comment \"bell ?\" has characters that XML cannot carry");
}

TEST_F(VbsServiceRoundTrip, TellsNothingOfAnExceptionThatIsNoneOfOurs) {
  EXPECT_CALL(service_, deleteVolume(_, _)).WillOnce([](const auto&, const auto&) {
    throw std::runtime_error("secret: /etc/vbs/key");
  });
  const Error error = errorOf([&] { client_.deleteVolume(context_, kVolumeId); });
  EXPECT_EQ(error.code(), ErrorCode::InternalError);
  EXPECT_THAT(error.what(), ::testing::Not(::testing::HasSubstr("secret")));
  EXPECT_THAT(error.what(), ::testing::HasSubstr("log says more under request"));
}

TEST_F(VbsServiceRoundTrip, TellsNothingOfWhatIsNoException) {
  EXPECT_CALL(service_, deleteVolume(_, _)).WillOnce([](const auto&, const auto&) { throw 42; });
  EXPECT_EQ(errorOf([&] { client_.deleteVolume(context_, kVolumeId); }).code(), ErrorCode::InternalError);
}

}  // namespace
}  // namespace vbs::soap
