#include <gmock/gmock.h>

#include <thread>

#include "vbs_service/reconcile/reconciler_fixture.h"

namespace vbs {
namespace {

TEST_F(Reconciler, FindsNothingWhereAllIsWell) {
  service_.createSnapshot(id_);
  service_.attach(service_.createVolume().volumeId, "xvdb", "node2");
  const ReconcileReport report = service_.reconcile();
  EXPECT_EQ(report, ReconcileReport{});
}

TEST_F(Reconciler, ExportsAVolumeInUseAgainAndLeavesItsHostAlone) {
  loseTargets();
  service_.node1->script.forgetCalls();
  const ReconcileReport report = service_.reconcile();
  EXPECT_EQ(told(report), Told{"missing-target repaired"});
  EXPECT_EQ(report.driftsSeen, 1);
  EXPECT_EQ(report.driftsRepaired, 1);
  EXPECT_EQ(service_.node1->script.calls(), (std::vector<std::string>{"describeDelegate", "inventory"}));
  EXPECT_EQ(told(service_.reconcile()), Told{});
  service_.expectWorldMatchesMetadata();
}

TEST_F(Reconciler, KeepsTheWayByWhichAHostIsConnectedUntilItConnectsAnew) {
  service_.volumes.movePortal(Portal("192.0.2.9:3260"));
  loseTargets();
  EXPECT_EQ(told(service_.reconcile()), Told{"missing-target repaired"});
  service_.expectWorldMatchesMetadata();
  loseNode1();
  EXPECT_EQ(told(service_.reconcile()), Told{"missing-device repaired"});
  EXPECT_EQ(service_.node1->world().at(id_).portal, Portal("192.0.2.9:3260"));
  service_.expectWorldMatchesMetadata();
  EXPECT_NO_THROW(service_.detach(id_));
}

TEST_F(Reconciler, AttachesAVolumeInUseAgainThatItsHostHasLost) {
  const auto before = service_.volume(id_);
  loseNode1();
  EXPECT_EQ(told(service_.reconcile()), Told{"missing-device repaired"});
  EXPECT_EQ(service_.volume(id_), before);
  service_.expectWorldMatchesMetadata();
}

TEST_F(Reconciler, RestoresTargetAndDeviceTogether) {
  loseTargets();
  loseNode1();
  EXPECT_EQ(told(service_.reconcile()), (Told{"missing-target repaired", "missing-device repaired"}));
  service_.expectWorldMatchesMetadata();
}

TEST_F(Reconciler, SaysWhatIsMissingAndTriesAgainWhenTheVmRefuses) {
  loseNode1();
  service_.node1->script.fail("attachVolume", commandFailed("the VM is not running"), FaultPoint::Before, 2);
  EXPECT_EQ(told(service_.reconcile()), Told{"missing-device failed"});
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::InUse);
  EXPECT_THAT(service_.volume(id_).statusReason.value(), testing::HasSubstr("the VM is not running"));
  EXPECT_TRUE(service_.openOperations().empty());
  EXPECT_EQ(told(service_.reconcile()), Told{"missing-device failed"});
  EXPECT_EQ(told(service_.reconcile()), Told{"missing-device repaired"});
  EXPECT_FALSE(service_.volume(id_).statusReason);
  service_.expectWorldMatchesMetadata();
}

TEST_F(Reconciler, KeepsTheReasonWhileTheHostsListingsCannotBeTrusted) {
  service_.node1->change([](auto& world) { world.clear(); });
  service_.node1->script.failAlways("attachVolume", commandFailed("the VM is not running"));
  service_.reconcile();
  service_.node1->distrust(ListingState::Unknown, "printed nonsense");
  service_.reconcile();
  EXPECT_THAT(service_.volume(id_).statusReason.value(), testing::HasSubstr("the VM is not running"));
}

TEST_F(Reconciler, ForgetsTheReasonWhenTheDeviceIsBackByItself) {
  const auto before = service_.node1->world();
  loseNode1();
  service_.node1->script.fail("attachVolume", commandFailed("the VM is not running"));
  service_.reconcile();
  service_.node1->change([&](auto& world) { world = before; });
  EXPECT_EQ(told(service_.reconcile()), Told{});
  EXPECT_FALSE(service_.volume(id_).statusReason);
  EXPECT_EQ(told(service_.reconcile()), Told{});
}

TEST_F(Reconciler, CompletesATargetThatADetachLeftHalfMade) {
  loseTargets();
  // The delegate dies after the target's name and before its volume: it is listed, and that is all.
  service_.volumes.script.fail("exportVolume", unreachable(), FaultPoint::After);
  service_.volumes.script.fail("undo:exportVolume", commandFailed("not now"));
  EXPECT_THROW(service_.detach(id_), Error);
  service_.volumes.script.forgetCalls();
  EXPECT_EQ(told(service_.reconcile()), Told{"broken-target repaired"});
  EXPECT_THAT(service_.volumes.script.calls(), testing::Contains("exportVolume"));
  EXPECT_FALSE(service_.volume(id_).statusReason);
  EXPECT_EQ(told(service_.reconcile()), Told{});
}

TEST_F(Reconciler, AsksAgainWhenAnAnswerWasLost) {
  loseTargets();
  service_.volumes.script.fail("exportVolume", timeout(), FaultPoint::After);
  EXPECT_EQ(told(service_.reconcile()), Told{"missing-target failed"});
  service_.awaitQuiet();
  EXPECT_FALSE(service_.volume(id_).statusReason);
  service_.expectWorldMatchesMetadata();
}

TEST_F(Reconciler, DoesNotJudgeWhatAnAbsentPartHolds) {
  loseTargets();
  loseNode1();
  service_.volumes.script.fail("inventory", unreachable());
  service_.node1->script.fail("inventory", unreachable());
  const ReconcileReport report = service_.reconcile();
  EXPECT_EQ(told(report), Told{});
  ASSERT_EQ(report.unreachable.size(), 2U);
  EXPECT_THAT(report.unreachable.at(0), testing::HasSubstr("node1"));
  EXPECT_THAT(report.unreachable.at(0), testing::HasSubstr("connection refused"));
  EXPECT_THAT(report.unreachable.at(1), testing::HasSubstr("the Volume Delegate"));
  service_.reconcile();
  service_.expectWorldMatchesMetadata();
}

TEST_F(Reconciler, DoesNotWaitForAHostThatDoesNotAnswer) {
  service_.settings.surveyPatience = std::chrono::milliseconds(10);
  service_.restart();
  const VolumeId other = service_.createVolume().volumeId;
  service_.attach(other, "xvdb", "node2");
  const auto block = service_.node1->script.block("inventory");
  service_.node2->change([](auto& world) { world.clear(); });
  eventually([&] {
    const ReconcileReport report = service_.reconcile();
    EXPECT_THAT(report.unreachable, testing::Contains(testing::HasSubstr("node1")));
    return told(report) == Told{"missing-device repaired"};
  });
  block->release();
  service_.expectWorldMatchesMetadata();
}

TEST_F(Reconciler, NeverMakesALostVolumeAnew) {
  loseVolume(id_);
  loseTargets();
  loseNode1();
  const VolumeId available = service_.createVolume().volumeId;
  loseVolume(available);
  for (int run = 0; run < 2; ++run) {
    const ReconcileReport report = service_.reconcile({.dryRun = false, .removeOrphans = true});
    EXPECT_EQ(told(report), (Told{"missing-volume reported", "missing-volume reported"}));
    EXPECT_EQ(report.driftsSeen, 2);
  }
  for (const VolumeId& id : {id_, available}) {
    EXPECT_THAT(service_.volume(id).statusReason.value(), testing::HasSubstr("does not have volume"));
    EXPECT_FALSE(service_.volumes.world().volumes.contains(id));
    EXPECT_FALSE(service_.volumes.world().exports.contains(id));
  }
}

TEST_F(Reconciler, ForgetsALossWhenTheVolumeIsBack) {
  const auto before = service_.volumes.world();
  loseVolume(id_);
  service_.reconcile();
  service_.volumes.change([&](FakeVolumeDelegate::World& world) { world = before; });
  EXPECT_EQ(told(service_.reconcile()), Told{});
  EXPECT_FALSE(service_.volume(id_).statusReason);
  EXPECT_EQ(told(service_.reconcile()), Told{});
}

TEST_F(Reconciler, ReportsALostSnapshot) {
  const SnapshotId snapshot = service_.createSnapshot(id_).snapshotId;
  service_.volumes.change([](FakeVolumeDelegate::World& world) { world.snapshots.clear(); });
  const ReconcileReport report = service_.reconcile();
  EXPECT_EQ(told(report), Told{"missing-snapshot reported"});
  EXPECT_EQ(report.drifts.at(0).resourceId, snapshot.str());
}

TEST_F(Reconciler, PutsABrokenSnapshotIntoError) {
  const SnapshotId snapshot = service_.createSnapshot(id_).snapshotId;
  service_.volumes.breakSnapshot(snapshot, "snapshot invalid");
  EXPECT_EQ(told(service_.reconcile({.dryRun = true})), Told{"broken-snapshot reported"});
  EXPECT_EQ(service_.snapshot(snapshot).status, SnapshotStatus::Completed);
  for (int run = 0; run < 2; ++run) {
    EXPECT_EQ(told(service_.reconcile()), Told{"broken-snapshot reported"});
    EXPECT_EQ(service_.snapshot(snapshot).status, SnapshotStatus::Error);
    EXPECT_THAT(service_.snapshot(snapshot).statusReason.value(), testing::HasSubstr("snapshot invalid"));
  }
  expectError(ErrorCode::IncorrectState, "is error", [&] { service_.createVolumeFrom(snapshot); });
  service_.deleteSnapshot(snapshot);
  EXPECT_EQ(told(service_.reconcile()), Told{});
}

TEST_F(Reconciler, LeavesAStuckSessionThatAVmWaitsFor) {
  service_.node1->sticken();
  service_.node1->script.forgetCalls();
  EXPECT_EQ(told(service_.reconcile()), Told{"stuck-session reported"});
  EXPECT_THAT(service_.volume(id_).statusReason.value(), testing::HasSubstr("FAILED"));
  EXPECT_THAT(service_.node1->script.calls(), testing::ElementsAre("describeDelegate", "inventory"));
}

TEST_F(Reconciler, MakesAStuckSessionAnewThatNoVmHas) {
  service_.node1->sticken();
  service_.node1->change([](auto& world) {
    for (auto& [id, attachment] : world) attachment.vmId.reset();
  });
  EXPECT_EQ(told(service_.reconcile()), (Told{"stuck-session reported", "missing-device repaired"}));
  EXPECT_EQ(told(service_.reconcile()), Told{});
  EXPECT_FALSE(service_.volume(id_).statusReason);
  service_.expectWorldMatchesMetadata();
}

TEST_F(Reconciler, ChangesNothingInADryRun) {
  loseTargets();
  loseNode1();
  const auto before = service_.volume(id_);
  EXPECT_EQ(told(service_.reconcile({.dryRun = true})),
            (Told{"missing-target planned", "missing-device planned"}));
  EXPECT_EQ(service_.volume(id_), before);
  EXPECT_TRUE(service_.volumes.world().exports.empty());
  EXPECT_FALSE(service_.node1->holds(id_));
}

TEST_F(Reconciler, LeavesAloneWhatAnOperationOwns) {
  const auto block = service_.node1->script.block("detachVolume");
  std::thread detacher([&] { service_.detach(id_); });
  block->awaitArrival();
  loseTargets();
  EXPECT_EQ(told(service_.reconcile()), Told{});
  block->release();
  detacher.join();
  service_.expectWorldMatchesMetadata();
}

TEST_F(Reconciler, LeavesAloneWhatChangedWhileItLooked) {
  const auto block = service_.node1->script.block("inventory");
  ReconcileReport report;
  std::thread reconciler([&] { report = service_.reconcile(); });
  block->awaitArrival();
  service_.detach(id_);
  block->release();
  reconciler.join();
  EXPECT_EQ(told(report), Told{});
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
  service_.expectWorldMatchesMetadata();
}

TEST_F(Reconciler, LetsADetachWaitWhileItRestores) {
  loseTargets();
  const auto block = service_.volumes.script.block("exportVolume");
  std::thread reconciler([&] { service_.reconcile(); });
  block->awaitArrival();
  std::thread detacher([&] { EXPECT_NO_THROW(service_.detach(id_)); });
  block->release();
  reconciler.join();
  detacher.join();
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
  service_.expectWorldMatchesMetadata();
}

TEST_F(Reconciler, RefusesADetachWhoseTurnDoesNotCome) {
  service_.settings.ownerPatience = std::chrono::milliseconds(1);
  service_.restart();
  loseTargets();
  const auto block = service_.volumes.script.block("exportVolume");
  std::thread reconciler([&] { service_.reconcile(); });
  block->awaitArrival();
  expectError(ErrorCode::IncorrectState, "restoreAttachment", [&] { service_.detach(id_); });
  block->release();
  reconciler.join();
  EXPECT_NO_THROW(service_.detach(id_));
  service_.expectWorldMatchesMetadata();
}

TEST_F(Reconciler, GoesOnByItself) {
  service_.settings.reconcileInterval = std::chrono::milliseconds(2);
  service_.restart();
  for (int loss = 0; loss < 3; ++loss) {
    loseTargets();
    loseNode1();
    eventually([&] { return service_.volumes.world().exports.contains(id_) && service_.node1->holds(id_); });
    service_.awaitQuiet();
  }
  service_.expectWorldMatchesMetadata();
}

TEST_F(Reconciler, TellsOfTheOperationsThatAreOpen) {
  service_.node1->script.failAlways("detachVolume", unreachable());
  service_.node1->script.failAlways("undo:attachVolume", unreachable());
  EXPECT_THROW(service_.detach(id_), Error);
  const auto operations = service_->administration().describeOperations(ServiceUnderTest::context());
  ASSERT_EQ(operations.size(), 1U);
  EXPECT_EQ(operations.at(0).kind, "detachVolume");
  EXPECT_EQ(operations.at(0).resourceId, id_.str());
  EXPECT_TRUE(operations.at(0).isRollingBack);
  EXPECT_EQ(operations.at(0).step, "detachVolume");
  EXPECT_EQ(operations.at(0).requestId, ServiceUnderTest::context().requestId);
  EXPECT_GE(operations.at(0).attempts, 1);
  EXPECT_THAT(operations.at(0).lastError.value(), testing::HasSubstr("connection refused"));
}

}  // namespace
}  // namespace vbs
