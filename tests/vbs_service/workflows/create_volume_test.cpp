#include "vbs_service/service_under_test.h"

namespace vbs {
namespace {

using CreateVolume = ServiceTest;

Volume create(ServiceUnderTest& service, const CreateVolumeRequest& request) {
  return service->createVolume(ServiceUnderTest::context(), request);
}

TEST_F(CreateVolume, AnswersAnAvailableVolume) {
  const Volume volume =
      create(service_, {.sizeGiB = 7, .comment = "données", .snapshotId = {}, .clientToken = {}});
  EXPECT_EQ(volume.status, VolumeStatus::Available);
  EXPECT_EQ(volume.size, SizeGiB(7));
  EXPECT_EQ(volume.comment, "données");
  EXPECT_FALSE(volume.attachment);
  EXPECT_EQ(service_.volume(volume.volumeId), volume);
  service_.expectWorldMatchesMetadata();
}

TEST_F(CreateVolume, RefusesBadParametersBeforeAnythingIsAsked) {
  const auto refused = [&](const std::string& text, std::optional<std::int64_t> size,
                           const std::string& comment, std::optional<std::string> token = std::nullopt) {
    expectError(ErrorCode::InvalidParameter, text, [&] {
      create(service_, {.sizeGiB = size, .comment = comment, .snapshotId = {}, .clientToken = token});
    });
  };
  refused("needs a size", std::nullopt, "");
  refused("0 is not a size", 0, "");
  refused("1048577 is not a size", 1048577, "");
  refused("control characters", 1, "a\x01");
  refused("256 characters", 1, std::string(256, 'x'));
  refused("client token", 1, "", "");
  refused("client token", 1, "", std::string(65, 't'));
  EXPECT_TRUE(service_.volumes.script.calls().empty());
  EXPECT_TRUE(service_.allVolumes().empty());
}

TEST_F(CreateVolume, CountsTheCharactersOfACommentNotItsBytes) {
  std::string comment;
  for (int i = 0; i < 255; ++i) comment += "é";
  EXPECT_EQ(create(service_, {.sizeGiB = 1, .comment = comment, .snapshotId = {}, .clientToken = {}}).comment,
            comment);
}

TEST_F(CreateVolume, DeletesWhatMayHaveBeenMadeWhenTheVolumeServerFails) {
  for (const FaultPoint point : {FaultPoint::Before, FaultPoint::After}) {
    service_.volumes.script.forgetCalls();
    service_.volumes.script.fail("createVolume", commandFailed("out of extents"), point);
    const Error error = errorOf([&] { service_.createVolume(); });
    EXPECT_EQ(error.code(), ErrorCode::CommandFailed);
    EXPECT_THAT(error.what(), testing::HasSubstr(" at the Volume Delegate "
                                                 "failed: out of extents; everything was rolled back"));
    ASSERT_TRUE(error.command());
    EXPECT_EQ(error.command()->stderrTail, "out of extents");
    EXPECT_TRUE(VolumeId::isValid(error.resource()));
    EXPECT_EQ(service_.volumes.script.calls(),
              (std::vector<std::string>{"createVolume", "undo:deleteVolume"}));
    EXPECT_TRUE(service_.allVolumes().empty());
    service_.expectWorldMatchesMetadata();
  }
}

TEST_F(CreateVolume, RetriesTheRollBackUntilItSucceeds) {
  service_.volumes.script.fail("createVolume", timeout(), FaultPoint::After);
  service_.volumes.script.failAlways("undo:deleteVolume", unreachable());
  const Error error = errorOf([&] { service_.createVolume(); });
  EXPECT_EQ(error.code(), ErrorCode::Timeout);
  EXPECT_THAT(error.what(), testing::HasSubstr("the roll-back is still being retried (undoing createVolume"));
  const VolumeId id(error.resource());
  EXPECT_EQ(service_.volume(id).status, VolumeStatus::Pending);
  EXPECT_THAT(service_.volume(id).statusReason.value_or(""), testing::HasSubstr("still being retried"));
  eventually([&] { return service_.openOperations().at(0).attempts > 3; });
  service_.volumes.script.heal();
  service_.awaitQuiet();
  EXPECT_TRUE(service_.isGone(id));
  service_.expectWorldMatchesMetadata();
}

class CreateVolumeFromSnapshot : public ServiceTest {
protected:
  VolumeId origin_ = service_.createVolume(5).volumeId;
  SnapshotId snapshot_ = service_.createSnapshot(origin_).snapshotId;
};

TEST_F(CreateVolumeFromSnapshot, AnswersPendingAtOnceAndBecomesAvailableWhenTheCopyIsDone) {
  const Volume volume = service_.createVolumeFrom(snapshot_);
  EXPECT_EQ(volume.status, VolumeStatus::Pending);
  EXPECT_EQ(volume.size, SizeGiB(5));
  EXPECT_EQ(volume.snapshotId, snapshot_);
  service_.volumes.progressCopy(volume.volumeId, 40);
  eventually([&] { return service_.volume(volume.volumeId).progressPercent == 40; });
  service_.volumes.endCopy(volume.volumeId);
  eventually([&] { return service_.volume(volume.volumeId).status == VolumeStatus::Available; });
  EXPECT_FALSE(service_.volume(volume.volumeId).progressPercent);
  service_.expectWorldMatchesMetadata();
}

TEST_F(CreateVolumeFromSnapshot, IsAvailableAtOnceWhereTheStackClones) {
  service_.volumes.cloneAtOnce(true);
  EXPECT_EQ(service_.createVolumeFrom(snapshot_).status, VolumeStatus::Available);
}

TEST_F(CreateVolumeFromSnapshot, IsNeverSmallerThanTheSnapshot) {
  expectError(ErrorCode::InvalidParameter, "cannot hold snapshot", [&] {
    create(service_, {.sizeGiB = 4, .comment = "", .snapshotId = snapshot_, .clientToken = {}});
  });
  EXPECT_EQ(create(service_, {.sizeGiB = 6, .comment = "", .snapshotId = snapshot_, .clientToken = {}}).size,
            SizeGiB(6));
}

TEST_F(CreateVolumeFromSnapshot, NamesAnUnknownSnapshot) {
  expectError(ErrorCode::SnapshotNotFound, "snap-00000000",
              [&] { service_.createVolumeFrom(SnapshotId("snap-00000000")); });
}

TEST_F(CreateVolumeFromSnapshot, WantsACompletedSnapshot) {
  const auto block = service_.volumes.script.block("createSnapshot");
  std::thread snapshotter([&] { service_.createSnapshot(origin_); });
  block->awaitArrival();
  expectError(ErrorCode::IncorrectState, "is pending",
              [&] { service_.createVolumeFrom(service_.allSnapshots().at(1).snapshotId); });
  block->release();
  snapshotter.join();
}

TEST_F(CreateVolumeFromSnapshot, AFailedCopyLeavesAVolumeInErrorThatCanOnlyBeDeleted) {
  const VolumeId id = service_.createVolumeFrom(snapshot_).volumeId;
  service_.volumes.failCopy(id, "dd: I/O error");
  eventually([&] { return service_.volume(id).status == VolumeStatus::Error; });
  EXPECT_THAT(service_.volume(id).statusReason.value_or(""), testing::HasSubstr("dd: I/O error"));
  expectError(ErrorCode::IncorrectState, "dd: I/O error", [&] { service_.attach(id); });
  service_.deleteVolume(id);
  service_.expectWorldMatchesMetadata();
}

TEST_F(CreateVolumeFromSnapshot, ACopyThatTheDelegateForgotIsStartedAgain) {
  const VolumeId id = service_.createVolumeFrom(snapshot_).volumeId;
  service_.volumes.forgetCopies();
  eventually([&] { return service_.volumes.isCopying(id); });
  EXPECT_EQ(service_.volume(id).status, VolumeStatus::Pending);
  service_.volumes.endCopy(id);
  service_.awaitQuiet();
  EXPECT_EQ(service_.volume(id).status, VolumeStatus::Available);
  service_.expectWorldMatchesMetadata();
}

TEST_F(CreateVolumeFromSnapshot, ACopyThatCannotBeStartedAgainIsAnError) {
  const VolumeId id = service_.createVolumeFrom(snapshot_).volumeId;
  service_.volumes.script.failAlways("createVolume", commandFailed("no room"));
  service_.volumes.forgetCopies();
  eventually([&] { return service_.volume(id).status == VolumeStatus::Error; });
  EXPECT_THAT(service_.volume(id).statusReason.value_or(""), testing::HasSubstr("no room"));
}

TEST_F(CreateVolumeFromSnapshot, ACopyIsStartedAgainHoweverLongTheDelegateIsAway) {
  const VolumeId id = service_.createVolumeFrom(snapshot_).volumeId;
  service_.volumes.script.failAlways("createVolume", unreachable());
  service_.volumes.forgetCopies();
  eventually([&] {
    const auto calls = service_.volumes.script.calls();
    return std::count(calls.begin(), calls.end(), "createVolume") > 4;
  });
  EXPECT_EQ(service_.volume(id).status, VolumeStatus::Pending);
  service_.volumes.script.heal();
  eventually([&] { return service_.volumes.isCopying(id); });
  service_.volumes.endCopy(id);
  service_.awaitQuiet();
  EXPECT_EQ(service_.volume(id).status, VolumeStatus::Available);
  service_.expectWorldMatchesMetadata();
}

TEST_F(CreateVolumeFromSnapshot, ADelegateThatCannotTellHowCopiesStandIsAskedAgain) {
  service_.volumes.script.failAlways("describeCopies", unreachable());
  const VolumeId id = service_.createVolumeFrom(snapshot_).volumeId;
  service_.volumes.endCopy(id);
  eventually([&] {
    const auto calls = service_.volumes.script.calls();
    return std::count(calls.begin(), calls.end(), "describeCopies") > 2;
  });
  EXPECT_EQ(service_.volume(id).status, VolumeStatus::Pending);
  service_.volumes.script.heal();
  service_.awaitQuiet();
  EXPECT_EQ(service_.volume(id).status, VolumeStatus::Available);
}

TEST(CopyWatcher, IsWokenByTheDelegatesHint) {
  ServiceUnderTest service;
  service.settings.copyPollInterval = std::chrono::hours(24);
  service.restart();
  const VolumeId origin = service.createVolume().volumeId;
  const VolumeId id = service.createVolumeFrom(service.createSnapshot(origin).snapshotId).volumeId;
  service.volumes.endCopy(id);
  service->volumeStatusChanged(RequestId("request-2"), id, VolumeStatus::Available, std::nullopt);
  eventually([&] { return service.volume(id).status == VolumeStatus::Available; });
}

TEST(CopyWatcher, DoesNotBelieveTheHint) {
  ServiceUnderTest service;
  const VolumeId origin = service.createVolume().volumeId;
  const VolumeId id = service.createVolumeFrom(service.createSnapshot(origin).snapshotId).volumeId;
  service.volumes.script.forgetCalls();
  service->volumeStatusChanged(RequestId("request-2"), id, VolumeStatus::Available, std::nullopt);
  service->volumeStatusChanged(RequestId("request-2"), VolumeId("vol-00000000"), VolumeStatus::Error,
                               "forged");
  eventually([&] { return service.volumes.script.calls().size() > 2; });
  EXPECT_EQ(service.volume(id).status, VolumeStatus::Pending);
}

TEST(CopyWatcher, GoesOnAfterARestartOfTheService) {
  ServiceUnderTest service;
  const VolumeId origin = service.createVolume().volumeId;
  const VolumeId id = service.createVolumeFrom(service.createSnapshot(origin).snapshotId).volumeId;
  service.stop();
  service.volumes.endCopy(id);
  service.start();
  service.awaitQuiet();
  EXPECT_EQ(service.volume(id).status, VolumeStatus::Available);
}

}  // namespace
}  // namespace vbs
