#include <SQLiteCpp/Database.h>

#include <latch>

#include "vbs_service/service_under_test.h"

namespace vbs {
namespace {

class ClientToken : public ServiceTest {
protected:
  Volume create(const std::string& token, std::int64_t size = 1, const std::string& comment = "") {
    return service_->createVolume(
        ServiceUnderTest::context(),
        {.sizeGiB = size, .comment = comment, .snapshotId = std::nullopt, .clientToken = token});
  }
  Snapshot snapshot(const VolumeId& id, const std::string& token, const std::string& comment = "") {
    return service_->createSnapshot(ServiceUnderTest::context(),
                                    {.volumeId = id, .comment = comment, .clientToken = token});
  }
};

TEST_F(ClientToken, AsksAgainForTheSameVolume) {
  const Volume first = create("t1");
  EXPECT_EQ(create("t1"), first);
  EXPECT_NE(create("t2").volumeId, first.volumeId);
  EXPECT_EQ(service_.allVolumes().size(), 2U);
}

TEST_F(ClientToken, AnswersTheVolumeAsItIsNow) {
  const VolumeId id = create("t1").volumeId;
  service_.attach(id);
  EXPECT_EQ(create("t1").status, VolumeStatus::InUse);
}

TEST_F(ClientToken, RefusesOtherParameters) {
  const VolumeId id = create("t1", 1, "a").volumeId;
  expectError(ErrorCode::IdempotencyMismatch, id.str(), [&] { create("t1", 2, "a"); });
  expectError(ErrorCode::IdempotencyMismatch, id.str(), [&] { create("t1", 1, "b"); });
  EXPECT_EQ(service_.allVolumes().size(), 1U);
}

TEST_F(ClientToken, IsNotUsedAgainAfterTheVolumeWasDeleted) {
  const VolumeId id = create("t1").volumeId;
  service_.deleteVolume(id);
  expectError(ErrorCode::IncorrectState, "deleted since", [&] { create("t1"); });
  EXPECT_TRUE(service_.allVolumes().empty());
}

TEST_F(ClientToken, IsFreedByAFailedCreation) {
  service_.volumes.script.fail("createVolume", commandFailed());
  EXPECT_THROW(create("t1", 1), Error);
  EXPECT_EQ(create("t1", 2).size, SizeGiB(2));
}

TEST_F(ClientToken, IsHeldWhileTheRollBackIsRetried) {
  service_.volumes.script.fail("createVolume", commandFailed());
  service_.volumes.script.failAlways("undo:deleteVolume", unreachable());
  EXPECT_THROW(create("t1"), Error);
  expectError(ErrorCode::IncorrectState, "still being retried", [&] { create("t1"); });
  service_.volumes.script.heal();
  service_.awaitQuiet();
  EXPECT_EQ(create("t1").status, VolumeStatus::Available);
  service_.expectWorldMatchesMetadata();
}

TEST_F(ClientToken, TwoRequestsAtOnceMakeOneVolume) {
  constexpr int kThreads = 8;
  std::latch ready(kThreads);
  std::mutex mutex;
  std::set<VolumeId> ids;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      ready.arrive_and_wait();
      const Volume volume = create("t1");
      EXPECT_EQ(volume.status, VolumeStatus::Available);
      const std::lock_guard lock(mutex);
      ids.insert(volume.volumeId);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ids.size(), 1U);
  EXPECT_EQ(service_.volumes.world().volumes.size(), 1U);
}

TEST_F(ClientToken, IsRememberedAcrossARestart) {
  const Volume volume = create("t1");
  service_.restart();
  EXPECT_EQ(create("t1"), volume);
}

TEST_F(ClientToken, IsForgottenAtAStartAWeekAfterItMadeWhatIsGoneByNow) {
  const VolumeId kept = create("old, of a volume that is there").volumeId;
  snapshot(kept, "old, of a snapshot that is there");
  service_.deleteVolume(create("old").volumeId);
  service_.deleteVolume(create("young").volumeId);
  {
    SQLite::Database database(service_.databaseFile().string(), SQLite::OPEN_READWRITE);
    database.exec("UPDATE client_tokens SET created_at = created_at - 604801 WHERE token LIKE 'old%'");
    database.exec("UPDATE client_tokens SET created_at = created_at - 604000 WHERE token = 'young'");
  }
  expectError(ErrorCode::IncorrectState, "deleted since", [&] { create("old"); });
  service_.restart();
  EXPECT_NO_THROW(create("old"));
  expectError(ErrorCode::IncorrectState, "deleted since", [&] { create("young"); });
  EXPECT_EQ(create("old, of a volume that is there").volumeId, kept);
  EXPECT_EQ(snapshot(kept, "old, of a snapshot that is there").volumeId, kept);
  EXPECT_EQ(service_.allSnapshots().size(), 1U);
}

TEST_F(ClientToken, WorksForSnapshotsAndApartFromVolumes) {
  const VolumeId id = create("t1").volumeId;
  const Snapshot first = snapshot(id, "t1");
  EXPECT_EQ(snapshot(id, "t1"), first);
  expectError(ErrorCode::IdempotencyMismatch, first.snapshotId.str(), [&] { snapshot(id, "t1", "other"); });
  service_.deleteSnapshot(first.snapshotId);
  expectError(ErrorCode::IncorrectState, "deleted since", [&] { snapshot(id, "t1"); });
  EXPECT_TRUE(service_.allSnapshots().empty());
}

}  // namespace
}  // namespace vbs
