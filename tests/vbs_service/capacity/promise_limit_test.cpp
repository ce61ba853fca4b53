#include <atomic>
#include <thread>
#include <vector>

#include "vbs_service/service_under_test.h"

// How much createVolume may promise, from the setting and what the volume server tells to the refusal.

namespace vbs::capacity {
namespace {

class PromiseLimitTest : public testing::Test {
protected:
  /// A service on a volume server of 24 GiB.
  void start(const std::string& overcommit) {
    service_.stop();
    service_.settings.overcommit = Overcommit(overcommit);
    service_.volumes.setCapacity({.totalBytes = 24LL << 30, .freeBytes = 24LL << 30});
    service_.start();
  }

  ServiceUnderTest service_;
};

TEST_F(PromiseLimitTest, RefusesAVolumeThatTheVolumeServerCouldNeverHold) {
  start("1");
  service_.createVolume(10);
  const Error error = errorOf([&] { service_.createVolume(100); });
  EXPECT_EQ(error.code(), ErrorCode::InsufficientCapacity);
  EXPECT_STREQ(
      error.what(),
      "100 GiB are too much: volumes have 10 GiB together and may have 24 GiB, which is 1 (the service's "
      "setting overcommit) times the 24.0 GiB of the volume server; delete volumes, or raise overcommit");
  EXPECT_EQ(service_.allVolumes().size(), 1U);
  service_.expectWorldMatchesMetadata();
}

TEST_F(PromiseLimitTest, LetsVolumesHaveAllThereIs) {
  start("1");
  service_.createVolume(10);
  service_.createVolume(14);
  expectError(ErrorCode::InsufficientCapacity, "volumes have 24 GiB", [&] { service_.createVolume(1); });
}

TEST_F(PromiseLimitTest, LetsVolumesHaveMoreWhereTheSettingSaysSo) {
  start("2");
  service_.createVolume(48);
  expectError(ErrorCode::InsufficientCapacity, "may have 48 GiB, which is 2 ",
              [&] { service_.createVolume(1); });
}

TEST_F(PromiseLimitTest, LetsVolumesHaveLessWhereTheServerIsShared) {
  start("0.5");
  expectError(ErrorCode::InsufficientCapacity, "may have 12 GiB", [&] { service_.createVolume(13); });
}

TEST_F(PromiseLimitTest, LeavesRoomToTheStackWhereThereIsNoLimit) {
  start("unlimited");
  service_.createVolume(1000);
  for (const std::string& call : service_.volumes.script.calls()) EXPECT_NE(call, "capacity");
}

TEST_F(PromiseLimitTest, HasNoLimitWhileTheCapacityIsNotKnown) {
  start("1");
  service_.volumes.script.failAlways("capacity", commandFailed("the pattern file has no capacity"));
  service_.createVolume(1000);
}

TEST_F(PromiseLimitTest, GoesByWhatWasSeenLastWhenThereIsNoNewAnswer) {
  start("1");
  service_.createVolume(1);
  service_.volumes.script.failAlways("capacity", unreachable());
  expectError(ErrorCode::InsufficientCapacity, "may have 24 GiB", [&] { service_.createVolume(100); });
}

TEST_F(PromiseLimitTest, DoesNotCountSnapshots) {
  start("1");
  const Volume volume = service_.createVolume(12);
  service_.createSnapshot(volume.volumeId);
  service_.createSnapshot(volume.volumeId);
  EXPECT_NO_THROW(service_.createVolume(12));
}

TEST_F(PromiseLimitTest, CountsAVolumeFromASnapshotWhole) {
  start("1");
  const Snapshot snapshot = service_.createSnapshot(service_.createVolume(13).volumeId);
  expectError(ErrorCode::InsufficientCapacity, "13 GiB are too much",
              [&] { service_.createVolumeFrom(snapshot.snapshotId); });
}

TEST_F(PromiseLimitTest, GivesBackWhatWasDeletedOrNeverMade) {
  start("1");
  service_.deleteVolume(service_.createVolume(24).volumeId);
  service_.volumes.script.fail("createVolume", commandFailed());
  EXPECT_THROW(service_.createVolume(24), Error);
  service_.awaitQuiet();
  EXPECT_NO_THROW(service_.createVolume(24));
}

TEST_F(PromiseLimitTest, AnswersARepeatedRequestThoughItsVolumeTookTheLastRoom) {
  start("1");
  const CreateVolumeRequest request{
      .sizeGiB = 24, .comment = "", .snapshotId = std::nullopt, .clientToken = "token"};
  const Volume volume = service_->createVolume(ServiceUnderTest::context(), request);
  EXPECT_EQ(service_->createVolume(ServiceUnderTest::context(), request).volumeId, volume.volumeId);
}

TEST_F(PromiseLimitTest, GivesTheRoomToNoMoreThanFitAtTheSameTime) {
  start("1");
  std::atomic<int> made{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&] {
      try {
        service_.createVolume(5);
        ++made;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::InsufficientCapacity) << error.what();
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(made, 4);
  EXPECT_EQ(service_.allVolumes().size(), 4U);
}

}  // namespace
}  // namespace vbs::capacity
