#include "vbs_service/coordinator.h"

#include "vbs_service/service_under_test.h"

namespace vbs {
namespace {

using std::chrono::milliseconds;

TEST(Coordinator, RefusesATargetPrefixThatIsNoIqn) {
  ServiceUnderTest service;
  service.stop();
  service.settings.targetPrefix = "My Targets";
  expectError(ErrorCode::InvalidParameter, "\"My Targets\" is no prefix", [&] { service.start(); });
  service.settings.targetPrefix = "iqn.2009-09.org.example";
  service.restart();
}

TEST(Coordinator, IsBusyPastItsQueueAndDescribesAllTheSame) {
  ServiceUnderTest service;
  service.settings.workflows = 1;
  service.settings.queuedWorkflows = 1;
  service.restart();
  const auto block = service.volumes.script.block("createVolume");
  std::thread running([&] { service.createVolume(); });
  block->awaitArrival();
  std::thread queued([&] { service.createVolume(); });
  eventually([&] { return service.allVolumes().size() == 2; });
  expectError(ErrorCode::Busy, "ask again", [&] { service.createVolume(); });
  EXPECT_EQ(service.allVolumes().size(), 2U);
  EXPECT_TRUE(service->healthy());
  block->release();
  running.join();
  queued.join();
  EXPECT_NO_THROW(service.createVolume());
  service.expectWorldMatchesMetadata();
}

TEST(Coordinator, TakesNothingNewOnceItStops) {
  ServiceUnderTest service;
  EXPECT_TRUE(service->healthy());
  EXPECT_TRUE(service->stop(milliseconds(0)));
  EXPECT_FALSE(service->healthy());
  expectError(ErrorCode::Busy, "shutting down", [&] { service.createVolume(); });
  EXPECT_TRUE(service.allVolumes().empty());
}

TEST(Coordinator, LetsWhatRunsEndBeforeItStops) {
  ServiceUnderTest service;
  const auto block = service.volumes.script.block("createVolume");
  std::thread creator([&] { EXPECT_EQ(service.createVolume().status, VolumeStatus::Available); });
  block->awaitArrival();
  std::thread stopper([&] { EXPECT_TRUE(service->stop(std::chrono::hours(1))); });
  block->release();
  stopper.join();
  creator.join();
}

TEST(Coordinator, TakesOverOnlyWhatAnEarlierServiceLeft) {
  ServiceUnderTest service;
  const SnapshotId snapshot = service.createSnapshot(service.createVolume().volumeId).snapshotId;
  const VolumeId copy = service.createVolumeFrom(snapshot).volumeId;
  service.stop();
  service.volumes.forgetCopies();
  service.volumes.script.forgetCalls();
  service.settings.workflows = 256;  // so that the copy is started again while the coordinator still starts
  const auto block = service.volumes.script.block("createVolume");
  service.start();
  block->awaitArrival();
  service.createVolume();  // time enough for whoever else took the operation over
  block->release();
  eventually([&] { return service.volumes.isCopying(copy) && service.openOperations().empty(); });
  EXPECT_THAT(service.volumes.script.calls(), testing::Not(testing::Contains("undo:deleteVolume")));
}

TEST(Coordinator, StopsBetweenTwoStepsAndTheNextStartRollsBack) {
  ServiceUnderTest service;
  const VolumeId id = service.createVolume().volumeId;
  const auto block = service.volumes.script.block("exportVolume");
  std::thread attacher([&] { expectError(ErrorCode::Busy, "shutting down", [&] { service.attach(id); }); });
  block->awaitArrival();
  EXPECT_FALSE(service->stop(milliseconds(0)));
  attacher.join();
  block->release();
  service.restart();
  service.awaitQuiet();
  EXPECT_EQ(service.volume(id).status, VolumeStatus::Available);
  EXPECT_THAT(service.node1->script.calls(),
              testing::ElementsAre("describeDelegate", "describeDelegate", "inventory"));
  service.expectWorldMatchesMetadata();
}

TEST(Coordinator, WhatHasNotBegunWhenItStopsLeavesNoTrace) {
  ServiceUnderTest service;
  service.settings.workflows = 1;
  service.restart();
  const auto block = service.volumes.script.block("createVolume");
  std::thread running([&] { EXPECT_THROW(service.createVolume(), Error); });
  block->awaitArrival();
  std::thread queued([&] { EXPECT_THROW(service.createVolume(), Error); });
  eventually([&] { return service.allVolumes().size() == 2; });
  EXPECT_FALSE(service->stop(milliseconds(0)));
  running.join();
  queued.join();
  service.volumes.script.forgetCalls();
  block->release();
  service.restart();
  service.awaitQuiet();
  EXPECT_EQ(service.allVolumes().size(), 1U);  // the one whose only step had begun, and ended
  EXPECT_TRUE(service.volumes.script.calls().empty());
  service.expectWorldMatchesMetadata();
}

TEST(Coordinator, GoesOnWithOtherVolumesWhileARollBackIsRetried) {
  ServiceUnderTest service;
  const VolumeId stuck = service.createVolume().volumeId;
  service.node1->script.failAlways("attachVolume", timeout());
  service.node1->script.failAlways("undo:detachVolume", unreachable());
  EXPECT_THROW(service.attach(stuck), Error);
  service.restart();
  const VolumeId other = service.createVolume().volumeId;
  EXPECT_EQ(service.attach(other, "xvdc", "node2").status, AttachmentStatus::Attached);
  EXPECT_EQ(service.volume(stuck).status, VolumeStatus::Attaching);
  service.node1->script.heal();
  service.awaitQuiet();
  service.expectWorldMatchesMetadata();
}

TEST(Coordinator, AttachesNoVolumeForARequestThatWasOvertaken) {
  ServiceUnderTest service;
  const VolumeId id = service.createVolume().volumeId;
  const auto block = service.volumes.script.block("describeDelegate");
  std::thread late([&] {
    expectError(ErrorCode::IncorrectState, "attached by another request while this one waited",
                [&] { service.attach(id); });
  });
  block->awaitArrival();
  service.attach(id, "xvdc");
  service.detach(id);
  block->release();
  late.join();
  EXPECT_EQ(service.volume(id).status, VolumeStatus::Available);
  service.expectWorldMatchesMetadata();
}

}  // namespace
}  // namespace vbs
