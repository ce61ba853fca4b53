#include <gmock/gmock.h>

#include <optional>

#include "vbs_service/reconcile/reconciler_fixture.h"

namespace vbs {
namespace {

class StrayReconciler : public Reconciler {
protected:
  StrayReconciler() {
    const VmAttachment atNode1 = service_.node1->world().at(id_);
    const auto exported = service_.volumes.world().exports.at(id_);
    service_.detach(id_);
    target_ = exported;
    stray_ = atNode1;
  }

  /// The survey that sees a stray first leaves it.
  void sight() {
    for (const Drift& drift : service_.reconcile().drifts) {
      EXPECT_EQ(drift.outcome, DriftOutcome::Reported) << drift.description;
    }
  }
  void strayTarget() {
    service_.volumes.change([&](FakeVolumeDelegate::World& world) { world.exports.emplace(id_, target_); });
  }
  void strayAt(FakeVmmDelegate& host, const VmAttachment& attachment) {
    host.change([&](auto& world) { world.emplace(attachment.volumeId, attachment); });
  }
  VmAttachment sessionOnly() const {
    VmAttachment session = stray_.value();
    session.vmId.reset();
    session.vmDevice.reset();
    return session;
  }

  std::optional<TargetIdentity> target_;
  std::optional<VmAttachment> stray_;
};

TEST_F(StrayReconciler, RemovesTheTargetOfAVolumeThatIsNotAttached) {
  strayTarget();
  sight();
  EXPECT_EQ(told(service_.reconcile()), Told{"stray-target repaired"});
  service_.expectWorldMatchesMetadata();
}

TEST_F(StrayReconciler, RemovesTheTargetOfAVolumeThatIsGone) {
  service_.deleteVolume(id_);
  strayTarget();
  sight();
  EXPECT_EQ(told(service_.reconcile()), Told{"stray-target repaired"});
  service_.expectWorldMatchesMetadata();
}

TEST_F(StrayReconciler, TakesADeviceFromAVm) {
  strayAt(*service_.node1, stray_.value());
  sight();
  const ReconcileReport report = service_.reconcile();
  EXPECT_EQ(told(report), Told{"stray-device repaired"});
  EXPECT_EQ(report.drifts.at(0).vmmHostname, VmmHostname("node1"));
  service_.expectWorldMatchesMetadata();
}

TEST_F(StrayReconciler, IsNotAttachedElsewhereBeforeItIsTakenFromTheVm) {
  strayAt(*service_.node1, stray_.value());
  sight();
  expectError(ErrorCode::IncorrectState, "was seen in a VM of node1",
              [&] { service_.attach(id_, "xvdc", "node2"); });
  service_.reconcile();
  EXPECT_NO_THROW(service_.attach(id_, "xvdc", "node2"));
}

TEST_F(StrayReconciler, DisconnectsAHost) {
  strayAt(*service_.node2, sessionOnly());
  sight();
  const ReconcileReport report = service_.reconcile();
  EXPECT_EQ(told(report), Told{"stray-session repaired"});
  EXPECT_EQ(report.drifts.at(0).vmmHostname, VmmHostname("node2"));
  service_.expectWorldMatchesMetadata();
}

TEST_F(StrayReconciler, CleansAHostOfAVolumeThatIsAttachedAtAnother) {
  service_.attach(id_, "xvdc", "node2");
  strayAt(*service_.node1, stray_.value());
  sight();
  EXPECT_EQ(told(service_.reconcile()), Told{"stray-device repaired"});
  EXPECT_TRUE(service_.node2->holds(id_));
  service_.expectWorldMatchesMetadata();
}

TEST_F(StrayReconciler, RemovesATargetOnlyOnceNoHostHoldsIt) {
  strayTarget();
  strayAt(*service_.node1, stray_.value());
  service_.node1->script.fail("undo:detachVolume", commandFailed("the guest does not let go"));
  sight();
  EXPECT_EQ(told(service_.reconcile()), (Told{"stray-target reported", "stray-device failed"}));
  EXPECT_EQ(told(service_.reconcile()), (Told{"stray-target reported", "stray-device repaired"}));
  sight();
  EXPECT_EQ(told(service_.reconcile()), Told{"stray-target repaired"});
  service_.expectWorldMatchesMetadata();
}

TEST_F(StrayReconciler, KeepsATargetWhileAHostCannotBeAsked) {
  strayTarget();
  service_.node2->script.fail("inventory", unreachable());
  const ReconcileReport report = service_.reconcile();
  EXPECT_EQ(told(report), Told{"stray-target reported"});
  EXPECT_THAT(report.drifts.at(0).description, testing::HasSubstr("node2"));
  sight();
  EXPECT_EQ(told(service_.reconcile()), Told{"stray-target repaired"});
}

TEST_F(StrayReconciler, AttachesAVolumeWhereItWasStrayOnceThatIsCleaned) {
  strayAt(*service_.node1, stray_.value());
  sight();
  service_.node1->script.fail("undo:detachVolume", timeout(), FaultPoint::Before, 3);
  service_.reconcile();
  eventually([&] {
    try {
      service_.attach(id_);
      return true;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::IncorrectState) << error.what();
      return false;
    }
  });
  service_.awaitQuiet();
  service_.expectWorldMatchesMetadata();
}

TEST_F(StrayReconciler, NeverTouchesWhatAnotherServiceMade) {
  const VolumeId foreign("vol-00000001");
  const SnapshotId foreignSnapshot("snap-00000001");
  const TargetIdentity target{TargetId(9), TargetName("iqn.2009-09.org.example:vol-00000001")};
  service_.volumes.change([&](FakeVolumeDelegate::World& world) {
    world.volumes.emplace(foreign, FakeVolumeDelegate::StoredVolume{SizeGiB(1), std::nullopt});
    world.snapshots.emplace(foreignSnapshot, FakeVolumeDelegate::StoredSnapshot{foreign, SizeGiB(1)});
    world.exports.emplace(foreign, target);
  });
  VmAttachment theirs = stray_.value();
  theirs.volumeId = foreign;
  theirs.targetName = target.targetName;
  strayAt(*service_.node1, theirs);
  const auto before = service_.volumes.world();
  const ReconcileReport report = service_.reconcile({.dryRun = false, .removeOrphans = true});
  EXPECT_EQ(told(report), (Told{"orphan-snapshot reported", "orphan-volume reported"}));
  EXPECT_THAT(report.drifts.at(1).description, testing::HasSubstr("did not give its id"));
  EXPECT_EQ(service_.volumes.world().volumes, before.volumes);
  EXPECT_EQ(service_.volumes.world().snapshots, before.snapshots);
  EXPECT_EQ(service_.volumes.world().exports, before.exports);
  EXPECT_TRUE(service_.node1->holds(foreign));
}

TEST_F(StrayReconciler, LeavesStraysAloneInADryRun) {
  strayTarget();
  strayAt(*service_.node1, stray_.value());
  sight();
  EXPECT_EQ(told(service_.reconcile({.dryRun = true})),
            (Told{"stray-target reported", "stray-device planned"}));
  EXPECT_TRUE(service_.volumes.world().exports.contains(id_));
  EXPECT_TRUE(service_.node1->holds(id_));
}

TEST_F(StrayReconciler, LeavesAloneWhatAForcedDetachOwesToALostHost) {
  service_.attach(id_);
  service_.volumes.checkHolders(nullptr);
  service_.node1->script.failAlways("undo:detachVolume", unreachable());
  service_.detach(id_, true);
  EXPECT_EQ(told(service_.reconcile()), Told{});
  service_.node1->script.heal();
  service_.awaitQuiet();
  service_.expectWorldMatchesMetadata();
}

TEST_F(StrayReconciler, TakesNothingAwayWhileAHostsListingsCannotBeTrusted) {
  strayAt(*service_.node1, stray_.value());
  service_.node2->distrust(ListingState::Partial, "1 of 3 lines is not understood");
  for (int run = 0; run < 3; ++run) {
    const ReconcileReport report = service_.reconcile();
    EXPECT_EQ(told(report), Told{"stray-device reported"});
    EXPECT_THAT(report.unreachable, testing::Contains(testing::HasSubstr("1 of 3 lines")));
  }
  EXPECT_TRUE(service_.node1->holds(id_));
  service_.node2->distrust(ListingState::Complete, "");
  sight();
  EXPECT_EQ(told(service_.reconcile()), Told{"stray-device repaired"});
}

TEST_F(StrayReconciler, TakesNothingAwayWhileAnotherServiceCommandsAHost) {
  strayAt(*service_.node1, stray_.value());
  service_.node1->identify(DelegateId("node1"), {"vbs-service at 192.0.2.7:8090"});
  for (int run = 0; run < 3; ++run) {
    const ReconcileReport report = service_.reconcile();
    EXPECT_EQ(told(report), Told{"stray-device reported"});
    EXPECT_THAT(report.unreachable, testing::Contains(testing::HasSubstr("192.0.2.7:8090")));
  }
  EXPECT_TRUE(service_.node1->holds(id_));
}

TEST_F(StrayReconciler, DrawsNoTargetNumberThatSomebodyElseHas) {
  const TargetIdentity theirs{TargetId(1), TargetName("iqn.2009-09.org.example:vol-00000001")};
  service_.volumes.change(
      [&](FakeVolumeDelegate::World& world) { world.exports.emplace(VolumeId("vol-00000001"), theirs); });
  service_.reconcile();
  service_.attach(id_);
  EXPECT_EQ(service_.volumes.world().exports.at(id_)->targetId, TargetId(2));
}

}  // namespace
}  // namespace vbs
