#include "vbs_service/service_under_test.h"

namespace vbs {
namespace {

class DeleteVolume : public ServiceTest {
protected:
  VolumeId id_ = service_.createVolume().volumeId;
};

TEST_F(DeleteVolume, RemovesTheVolumeAndItsRow) {
  service_.deleteVolume(id_);
  EXPECT_TRUE(service_.isGone(id_));
  EXPECT_TRUE(service_.volumes.world().volumes.empty());
}

TEST_F(DeleteVolume, NamesAnUnknownVolume) {
  service_.deleteVolume(id_);
  const Error error = errorOf([&] { service_.deleteVolume(id_); });
  EXPECT_EQ(error.code(), ErrorCode::VolumeNotFound);
  EXPECT_EQ(error.resource(), id_.str());
}

TEST_F(DeleteVolume, RefusesAVolumeInUse) {
  service_.attach(id_);
  expectError(ErrorCode::VolumeInUse, "attached to VM vm1 on node1 as xvdb",
              [&] { service_.deleteVolume(id_); });
}

TEST_F(DeleteVolume, RefusesAVolumeThatIsBeingAttached) {
  const auto block = service_.node1->script.block("attachVolume");
  std::thread attacher([&] { service_.attach(id_); });
  block->awaitArrival();
  expectError(ErrorCode::IncorrectState, "is attaching", [&] { service_.deleteVolume(id_); });
  block->release();
  attacher.join();
}

TEST_F(DeleteVolume, RefusesAVolumeWithSnapshotsAndNamesThem) {
  const SnapshotId snapshot = service_.createSnapshot(id_).snapshotId;
  expectError(ErrorCode::DependencyViolation, snapshot.str(), [&] { service_.deleteVolume(id_); });
  service_.deleteSnapshot(snapshot);
  EXPECT_NO_THROW(service_.deleteVolume(id_));
}

TEST_F(DeleteVolume, RefusesAVolumeWhoseSnapshotIsBeingMade) {
  const auto block = service_.volumes.script.block("createSnapshot");
  std::thread snapshotter([&] { service_.createSnapshot(id_); });
  block->awaitArrival();
  expectError(ErrorCode::DependencyViolation, "snap-", [&] { service_.deleteVolume(id_); });
  block->release();
  snapshotter.join();
  service_.expectWorldMatchesMetadata();
}

TEST_F(DeleteVolume, RefusesAVolumeThatIsBeingCreated) {
  const auto block = service_.volumes.script.block("createVolume");
  std::thread creator([&] { service_.createVolume(); });
  block->awaitArrival();
  expectError(ErrorCode::IncorrectState, "another operation (createVolume",
              [&] { service_.deleteVolume(service_.allVolumes().at(1).volumeId); });
  block->release();
  creator.join();
}

TEST_F(DeleteVolume, ARefusedDeletionLeavesTheVolumeAvailable) {
  service_.volumes.script.fail("deleteVolume", commandFailed("lvremove: busy"));
  const Error error = errorOf([&] { service_.deleteVolume(id_); });
  EXPECT_EQ(error.code(), ErrorCode::CommandFailed);
  EXPECT_THAT(error.what(), testing::HasSubstr("lvremove: busy; everything was rolled back"));
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
  service_.expectWorldMatchesMetadata();
}

TEST_F(DeleteVolume, OneThatIsDoneInPartIsAskedAgainUntilItIsGone) {
  const Error afterTheWipe("volume.delete.4: lvremove exited with 5", {},
                           {.action = "volume.delete.4", .exitCode = 5, .stderrTail = "busy"});
  const Error killed("volume.delete: rm was ended by signal 9 (Killed)", {},
                     {.action = "volume.delete", .exitCode = std::nullopt, .stderrTail = ""});
  for (const Error& error : {afterTheWipe, killed}) {
    const VolumeId id = service_.createVolume().volumeId;
    service_.volumes.script.failAlways("deleteVolume", error);
    expectError(ErrorCode::CommandFailed, "asked again", [&] { service_.deleteVolume(id); });
    EXPECT_EQ(service_.volume(id).status, VolumeStatus::Deleting);
    service_.volumes.script.heal();
    eventually([&] { return service_.isGone(id); });
  }
}

TEST_F(DeleteVolume, OneThatIsDoneInPartIsNotMadeWholeByALaterRefusal) {
  const Error afterTheWipe("volume.delete.5: lvremove exited with 5", {},
                           {.action = "volume.delete.5", .exitCode = 5, .stderrTail = "busy"});
  service_.volumes.script.fail("deleteVolume", afterTheWipe.withEffect(Effect::Partial));
  service_.volumes.script.fail("deleteVolume", commandFailed("volume.delete.1: lvs exited with 5"),
                               FaultPoint::Before, 3);
  expectError(ErrorCode::CommandFailed, "asked again", [&] { service_.deleteVolume(id_); });
  eventually([&] { return service_.isGone(id_); });
}

TEST_F(DeleteVolume, OneWithoutAClearAnswerIsAskedAgainUntilItIsGone) {
  for (const FaultPoint point : {FaultPoint::Before, FaultPoint::After}) {
    const VolumeId id = service_.createVolume().volumeId;
    service_.volumes.script.failAlways("deleteVolume", timeout(), point);
    const Error error = errorOf([&] { service_.deleteVolume(id); });
    EXPECT_EQ(error.code(), ErrorCode::Timeout);
    EXPECT_THAT(error.what(), testing::HasSubstr("asked again"));
    EXPECT_EQ(service_.volume(id).status, VolumeStatus::Deleting);
    EXPECT_THAT(service_.volume(id).statusReason.value_or(""), testing::HasSubstr("no answer in 120 s"));
    expectError(ErrorCode::IncorrectState, "is deleting", [&] { service_.deleteVolume(id); });
    service_.volumes.script.heal();
    eventually([&] { return service_.isGone(id); });
    service_.awaitQuiet();
    service_.expectWorldMatchesMetadata();
  }
}

TEST_F(DeleteVolume, OneThatIsRefusedInTheEndLeavesTheVolumeAvailable) {
  service_.volumes.script.fail("deleteVolume", unreachable());
  service_.volumes.script.fail("deleteVolume", commandFailed());
  EXPECT_THROW(service_.deleteVolume(id_), Error);
  service_.awaitQuiet();
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
  service_.expectWorldMatchesMetadata();
}

TEST_F(DeleteVolume, AVolumeInErrorGoesBackToItsErrorWhenItsDeletionIsRefused) {
  const SnapshotId snapshot = service_.createSnapshot(id_).snapshotId;
  const VolumeId copy = service_.createVolumeFrom(snapshot).volumeId;
  service_.volumes.failCopy(copy, "dd: I/O error");
  eventually([&] { return service_.volume(copy).status == VolumeStatus::Error; });
  service_.volumes.script.fail("deleteVolume", commandFailed());
  EXPECT_THROW(service_.deleteVolume(copy), Error);
  EXPECT_EQ(service_.volume(copy).status, VolumeStatus::Error);
  EXPECT_THAT(service_.volume(copy).statusReason.value_or(""), testing::HasSubstr("dd: I/O error"));
}

TEST_F(DeleteVolume, EndsTheCopyIntoAPendingVolume) {
  const VolumeId copy = service_.createVolumeFrom(service_.createSnapshot(id_).snapshotId).volumeId;
  service_.deleteVolume(copy);
  EXPECT_TRUE(service_.isGone(copy));
  EXPECT_FALSE(service_.volumes.isCopying(copy));
  service_.expectWorldMatchesMetadata();
}

TEST_F(DeleteVolume, APendingVolumeWhoseDeletionIsRefusedIsInError) {
  const VolumeId copy = service_.createVolumeFrom(service_.createSnapshot(id_).snapshotId).volumeId;
  service_.volumes.script.fail("deleteVolume", commandFailed("lvremove: busy"));
  EXPECT_THROW(service_.deleteVolume(copy), Error);
  EXPECT_EQ(service_.volume(copy).status, VolumeStatus::Error);
  EXPECT_THAT(service_.volume(copy).statusReason.value_or(""), testing::HasSubstr("lvremove: busy"));
}

}  // namespace
}  // namespace vbs
