#include "vbs_service/adoption/adoption.h"

#include "vbs_service/service_under_test.h"

// Taking back what was made since the backup that was restored.

namespace vbs::adoption {
namespace {

const VolumeId kVolume("vol-0000000a");
const VolumeId kOther("vol-0000000b");
const SnapshotId kSnapshot("snap-0000000a");

class AdoptionTest : public ::testing::Test {
protected:
  /// The volume server has a volume of 7 GiB and a snapshot of it; the metadata know neither.
  AdoptionTest() {
    service_.volumes.change([](FakeVolumeDelegate::World& world) {
      world.volumes.emplace(kVolume, FakeVolumeDelegate::StoredVolume{SizeGiB(7), std::nullopt});
      world.snapshots.emplace(kSnapshot, FakeVolumeDelegate::StoredSnapshot{kVolume, SizeGiB(7)});
    });
  }

  Volume adopt(const VolumeId& id = kVolume, const std::string& comment = "") {
    return service_->administration().adoptVolume(ServiceUnderTest::context(), id, comment);
  }
  Snapshot adopt(const SnapshotId& id, const std::string& comment = "") {
    return service_->administration().adoptSnapshot(ServiceUnderTest::context(), id, comment);
  }
  void loseTheSnapshot() {
    service_.volumes.change([](FakeVolumeDelegate::World& world) { world.snapshots.clear(); });
  }
  void expectNothingAdopted() {
    EXPECT_TRUE(service_.allVolumes().empty());
    EXPECT_TRUE(service_.allSnapshots().empty());
  }

  ServiceUnderTest service_;
};

TEST_F(AdoptionTest, MakesAVolumeAvailableWithTheSizeThatTheVolumeServerLists) {
  const Volume volume = adopt(kVolume, "data of the wiki");
  EXPECT_EQ(volume.volumeId, kVolume);
  EXPECT_EQ(volume.size, SizeGiB(7));
  EXPECT_EQ(volume.comment, "data of the wiki");
  EXPECT_EQ(volume.status, VolumeStatus::Available);
  EXPECT_EQ(service_.volume(kVolume), volume);
}

TEST_F(AdoptionTest, MakesASnapshotCompletedOnceItsVolumeIsKnown) {
  expectError(ErrorCode::VolumeNotFound, "adopt that volume first", [&] { adopt(kSnapshot); });
  adopt();
  const Snapshot snapshot = adopt(kSnapshot, "before the upgrade");
  EXPECT_EQ(snapshot.volumeId, kVolume);
  EXPECT_EQ(snapshot.size, SizeGiB(7));
  EXPECT_EQ(snapshot.comment, "before the upgrade");
  EXPECT_EQ(snapshot.status, SnapshotStatus::Completed);
  service_.expectWorldMatchesMetadata();
}

TEST_F(AdoptionTest, GivesWhatItAdoptsTheLifeOfAnyOther) {
  adopt();
  adopt(kSnapshot);
  service_.attach(kVolume);
  service_.detach(kVolume);
  service_.deleteSnapshot(kSnapshot);
  service_.deleteVolume(kVolume);
  EXPECT_TRUE(service_.volumes.world().volumes.empty());
  service_.expectWorldMatchesMetadata();
}

TEST_F(AdoptionTest, LeavesNoDriftBehind) {
  EXPECT_EQ(service_.reconcile().drifts.size(), 2U);
  adopt();
  adopt(kSnapshot);
  EXPECT_TRUE(service_.reconcile().drifts.empty());
}

TEST_F(AdoptionTest, OutlivesARestart) {
  adopt();
  adopt(kSnapshot);
  service_.restart();
  service_.expectWorldMatchesMetadata();
}

TEST_F(AdoptionTest, ChangesNothingOnTheVolumeServer) {
  const auto before = service_.volumes.world();
  adopt();
  adopt(kSnapshot);
  EXPECT_EQ(service_.volumes.world().volumes, before.volumes);
  EXPECT_EQ(service_.volumes.world().snapshots, before.snapshots);
  EXPECT_EQ(service_.volumes.world().exports, before.exports);
}

TEST_F(AdoptionTest, KnowsTheIdForEverFromThenOn) {
  adopt();
  loseTheSnapshot();
  service_.deleteVolume(kVolume);
  const auto given =
      service_.store().read([](const metadata::MetadataReader& tx) { return tx.givenVolume(kVolume); });
  EXPECT_EQ(given.value().size, SizeGiB(7));
}

TEST_F(AdoptionTest, TakesBackWhatABackupDoesNotKnow) {
  service_.keepDatabaseAsOfNow();
  const Volume volume = service_.createVolume(3);
  const Snapshot snapshot = service_.createSnapshot(volume.volumeId);
  service_.startFromKept();
  adopt();
  adopt(kSnapshot);
  EXPECT_EQ(adopt(volume.volumeId).size, SizeGiB(3));
  EXPECT_EQ(adopt(snapshot.snapshotId).volumeId, volume.volumeId);
  service_.expectWorldMatchesMetadata();
}

TEST_F(AdoptionTest, RefusesWhatIsKnownAlready) {
  adopt();
  adopt(kSnapshot);
  expectError(ErrorCode::IncorrectState, "vol-0000000a is known already, and is available", [&] { adopt(); });
  expectError(ErrorCode::IncorrectState, "snap-0000000a is known already, and is completed",
              [&] { adopt(kSnapshot); });
}

TEST_F(AdoptionTest, RefusesWhatTheVolumeServerDoesNotHave) {
  expectError(ErrorCode::VolumeNotFound, "the volume server does not list vol-0000000b",
              [&] { adopt(kOther); });
  expectError(ErrorCode::SnapshotNotFound, "the volume server does not list snap-0000000b",
              [&] { adopt(SnapshotId("snap-0000000b")); });
  expectNothingAdopted();
}

TEST_F(AdoptionTest, RefusesAVolumeThatAHostHas) {
  service_.node2->leaveBehind({.volumeId = kVolume,
                               .targetName = std::nullopt,
                               .portal = std::nullopt,
                               .lun = std::nullopt,
                               .vmId = VmId("vm1"),
                               .vmDevice = VmDevice("xvdb")});
  expectError(ErrorCode::VolumeInUse, "VM vm1 on node2, node2 (connected) has volume vol-0000000a",
              [&] { adopt(); });
  expectNothingAdopted();
}

TEST_F(AdoptionTest, RefusesAVolumeWhileAHostCannotBeAsked) {
  service_.node1->script.failAlways("inventory", unreachable());
  expectError(ErrorCode::IncorrectState, "whether a host has volume vol-0000000a cannot be told",
              [&] { adopt(); });
  service_.node1->script.heal();
  service_.node1->distrust(ListingState::Partial, "xm list stopped half-way");
  expectError(ErrorCode::IncorrectState, "node1: xm list stopped half-way", [&] { adopt(); });
  expectNothingAdopted();
}

TEST_F(AdoptionTest, NeedsNoHostToAdoptASnapshot) {
  adopt();
  service_.node1->script.failAlways("inventory", unreachable());
  EXPECT_NO_THROW(adopt(kSnapshot));
}

TEST_F(AdoptionTest, RefusesWhileTheVolumeServerDoesNotAnswer) {
  service_.volumes.script.failAlways("inventory", unreachable());
  expectError(ErrorCode::DelegateUnreachable, "connection refused; nothing was changed", [&] { adopt(); });
  expectError(ErrorCode::DelegateUnreachable, "connection refused; nothing was changed",
              [&] { adopt(kSnapshot); });
  expectNothingAdopted();
}

TEST_F(AdoptionTest, RefusesAVolumeThatIsBeingCopiedIntoOrIsNotWhole) {
  service_.volumes.progressCopy(kVolume, 40);
  expectError(ErrorCode::IncorrectState, "is still being copied into", [&] { adopt(); });
  service_.volumes.failCopy(kVolume, "no space left");
  expectError(ErrorCode::IncorrectState, "is a copy that failed (no space left)", [&] { adopt(); });
  service_.volumes.endCopy(kVolume);
  EXPECT_NO_THROW(adopt());
}

TEST_F(AdoptionTest, RefusesAnOrphanThatIsBeingRemoved) {
  adopt();
  loseTheSnapshot();
  // The metadata forget it again, but not that its id was given.
  service_.store().write([](metadata::MetadataWriter& tx) {
    tx.moveVolume(kVolume, VolumeStatus::Available, VolumeStatus::Deleting);
    tx.eraseVolume(kVolume, VolumeStatus::Deleting);
  });
  const auto removal = service_.volumes.script.block("deleteVolume");
  std::thread reconciliation([&] { service_.reconcile({.dryRun = false, .removeOrphans = true}); });
  removal->awaitArrival();
  expectError(ErrorCode::IncorrectState, "is being removed as an orphan (removeOrphanVolume ",
              [&] { adopt(); });
  removal->release();
  reconciliation.join();
  expectError(ErrorCode::VolumeNotFound, "does not list", [&] { adopt(); });
}

TEST_F(AdoptionTest, TakesABrokenSnapshotBackAsBroken) {
  adopt();
  service_.volumes.breakSnapshot(kSnapshot, "snapshot invalid");
  const Snapshot snapshot = adopt(kSnapshot);
  EXPECT_EQ(snapshot.status, SnapshotStatus::Error);
  EXPECT_EQ(snapshot.statusReason, "snapshot invalid");
  EXPECT_NO_THROW(service_.deleteSnapshot(kSnapshot));
}

TEST_F(AdoptionTest, RefusesASnapshotOfAVolumeThatIsBeingDeleted) {
  adopt();
  const auto removal = service_.volumes.script.block("deleteVolume");
  std::thread deletion([&] { service_.deleteVolume(kVolume); });
  removal->awaitArrival();
  expectError(ErrorCode::IncorrectState, "deleting", [&] { adopt(kSnapshot); });
  loseTheSnapshot();
  removal->release();
  deletion.join();
}

TEST_F(AdoptionTest, RefusesACommentAsCreateVolumeDoes) {
  expectError(ErrorCode::InvalidParameter, "at most 255", [&] { adopt(kVolume, std::string(256, 'x')); });
  adopt();
  expectError(ErrorCode::InvalidParameter, "control characters", [&] { adopt(kSnapshot, "\x01"); });
}

TEST_F(AdoptionTest, LetsOnlyOneOfManyAdoptAVolume) {
  std::atomic<int> adopted{0};
  std::vector<std::thread> administrators;
  for (int i = 0; i < 8; ++i) {
    administrators.emplace_back([&] {
      try {
        adopt();
        ++adopted;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::IncorrectState) << error.what();
      }
    });
  }
  for (std::thread& each : administrators) each.join();
  EXPECT_EQ(adopted, 1);
  EXPECT_EQ(service_.allVolumes().size(), 1U);
}

}  // namespace
}  // namespace vbs::adoption
