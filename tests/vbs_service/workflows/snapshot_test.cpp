#include "vbs_service/service_under_test.h"

namespace vbs {
namespace {

class Snapshots : public ServiceTest {
protected:
  VolumeId volume_ = service_.createVolume(3).volumeId;
};

TEST_F(Snapshots, AreCompletedWhenTheyAreAnswered) {
  const Snapshot snapshot = service_.createSnapshot(volume_);
  EXPECT_EQ(snapshot.status, SnapshotStatus::Completed);
  EXPECT_EQ(snapshot.volumeId, volume_);
  EXPECT_EQ(snapshot.size, SizeGiB(3));
  EXPECT_EQ(service_.snapshot(snapshot.snapshotId), snapshot);
  service_.expectWorldMatchesMetadata();
}

TEST_F(Snapshots, AreTakenOfAVolumeInUse) {
  service_.attach(volume_);
  EXPECT_EQ(service_.createSnapshot(volume_).status, SnapshotStatus::Completed);
}

TEST_F(Snapshots, AreRefusedOfAVolumeThatIsBeingFilled) {
  const VolumeId copy = service_.createVolumeFrom(service_.createSnapshot(volume_).snapshotId).volumeId;
  expectError(ErrorCode::IncorrectState, "is pending", [&] { service_.createSnapshot(copy); });
  expectError(ErrorCode::VolumeNotFound, "vol-00000000",
              [&] { service_.createSnapshot(VolumeId("vol-00000000")); });
}

TEST_F(Snapshots, AFailedOneIsRemoved) {
  for (const FaultPoint point : {FaultPoint::Before, FaultPoint::After}) {
    service_.volumes.script.fail("createSnapshot", commandFailed("COW full"), point);
    expectError(ErrorCode::CommandFailed, "COW full; everything was rolled back",
                [&] { service_.createSnapshot(volume_); });
    EXPECT_TRUE(service_.allSnapshots().empty());
    service_.expectWorldMatchesMetadata();
  }
}

TEST_F(Snapshots, AFailedOneThatCannotBeRemovedIsRetriedAndSaysSo) {
  service_.volumes.script.fail("createSnapshot", timeout(), FaultPoint::After);
  service_.volumes.script.failAlways("undo:deleteSnapshot", unreachable());
  const Error error = errorOf([&] { service_.createSnapshot(volume_); });
  const SnapshotId id(error.resource());
  EXPECT_EQ(service_.snapshot(id).status, SnapshotStatus::Pending);
  EXPECT_THAT(service_.snapshot(id).statusReason.value_or(""), testing::HasSubstr("still being retried"));
  expectError(ErrorCode::IncorrectState, "is pending", [&] { service_.deleteSnapshot(id); });
  service_.volumes.script.heal();
  service_.awaitQuiet();
  EXPECT_TRUE(service_.allSnapshots().empty());
  service_.expectWorldMatchesMetadata();
}

TEST_F(Snapshots, AreDeleted) {
  const SnapshotId id = service_.createSnapshot(volume_).snapshotId;
  service_.deleteSnapshot(id);
  EXPECT_TRUE(service_.allSnapshots().empty());
  expectError(ErrorCode::SnapshotNotFound, id.str(), [&] { service_.deleteSnapshot(id); });
  service_.expectWorldMatchesMetadata();
}

TEST_F(Snapshots, StayWhenTheirDeletionIsRefused) {
  const SnapshotId id = service_.createSnapshot(volume_).snapshotId;
  service_.volumes.script.fail("deleteSnapshot", commandFailed());
  expectError(ErrorCode::CommandFailed, "rolled back", [&] { service_.deleteSnapshot(id); });
  EXPECT_EQ(service_.snapshot(id).status, SnapshotStatus::Completed);
  service_.expectWorldMatchesMetadata();
}

TEST_F(Snapshots, AreDeletedInTheEndWhenTheAnswerWasLost) {
  const SnapshotId id = service_.createSnapshot(volume_).snapshotId;
  service_.volumes.script.fail("deleteSnapshot", timeout(), FaultPoint::After);
  expectError(ErrorCode::Timeout, "asked again", [&] { service_.deleteSnapshot(id); });
  service_.awaitQuiet();
  EXPECT_TRUE(service_.allSnapshots().empty());
  service_.expectWorldMatchesMetadata();
}

TEST_F(Snapshots, StayWhileAVolumeIsCopiedFromThem) {
  const SnapshotId id = service_.createSnapshot(volume_).snapshotId;
  const VolumeId copy = service_.createVolumeFrom(id).volumeId;
  expectError(ErrorCode::DependencyViolation, copy.str(), [&] { service_.deleteSnapshot(id); });
  service_.volumes.endCopy(copy);
  service_.awaitQuiet();
  EXPECT_NO_THROW(service_.deleteSnapshot(id));
  EXPECT_EQ(service_.volume(copy).snapshotId, id);
}

}  // namespace
}  // namespace vbs
