#include <gmock/gmock.h>

#include <optional>

#include "vbs_service/reconcile/reconciler_fixture.h"

namespace vbs {
namespace {

class OrphanReconciler : public Reconciler {
protected:
  OrphanReconciler() {
    orphan_ = service_.createVolume(3).volumeId;
    snapshot_ = service_.createSnapshot(orphan_.value()).snapshotId;
    const auto before = service_.volumes.world();
    service_.deleteSnapshot(snapshot_.value());
    service_.deleteVolume(orphan_.value());
    service_.volumes.change([&](FakeVolumeDelegate::World& world) { world = before; });
  }

  std::optional<VolumeId> orphan_;
  std::optional<SnapshotId> snapshot_;
};

TEST_F(OrphanReconciler, ReportsWhatTheMetadataDoNotKnow) {
  const ReconcileReport report = service_.reconcile();
  EXPECT_EQ(told(report), (Told{"orphan-snapshot reported", "orphan-volume reported"}));
  EXPECT_EQ(report.drifts.at(0).resourceId, snapshot_->str());
  EXPECT_EQ(report.drifts.at(1).resourceId, orphan_->str());
  EXPECT_TRUE(service_.volumes.world().volumes.contains(orphan_.value()));
}

TEST_F(OrphanReconciler, RemovesWhatItOnceMadeWhenAskedTo) {
  const ReconcileRequest request{.dryRun = false, .removeOrphans = true};
  EXPECT_EQ(told(service_.reconcile({.dryRun = true, .removeOrphans = true})),
            (Told{"orphan-snapshot planned", "orphan-volume planned"}));
  EXPECT_TRUE(service_.volumes.world().volumes.contains(orphan_.value()));
  EXPECT_EQ(told(service_.reconcile(request)), (Told{"orphan-snapshot repaired", "orphan-volume repaired"}));
  EXPECT_EQ(told(service_.reconcile(request)), Told{});
  service_.expectWorldMatchesMetadata();
}

TEST_F(OrphanReconciler, KeepsAVolumeWhoseSnapshotCannotBeRemoved) {
  service_.volumes.script.fail("deleteSnapshot", commandFailed("busy"));
  EXPECT_EQ(told(service_.reconcile({.dryRun = false, .removeOrphans = true})),
            (Told{"orphan-snapshot failed", "orphan-volume reported"}));
  EXPECT_TRUE(service_.volumes.world().volumes.contains(orphan_.value()));
}

TEST_F(OrphanReconciler, LeavesNothingOpenWhenACommandFailedAndNothingTellsWhatItHasDone) {
  service_.volumes.script.fail("deleteSnapshot", commandFailed("gone already").withEffect(Effect::Unknown));
  EXPECT_EQ(told(service_.reconcile({.dryRun = false, .removeOrphans = true})),
            (Told{"orphan-snapshot failed", "orphan-volume reported"}));
  EXPECT_TRUE(service_.openOperations().empty());
}

TEST_F(OrphanReconciler, RemovesNothingFromAVolumeServerThatShowsNothingItShouldHave) {
  service_.volumes.change([&](FakeVolumeDelegate::World& world) { world.volumes.erase(id_); });
  const ReconcileReport report = service_.reconcile({.dryRun = false, .removeOrphans = true});
  EXPECT_EQ(told(report),
            (Told{"missing-volume reported", "orphan-snapshot reported", "orphan-volume reported"}));
  EXPECT_THAT(report.drifts.at(2).description, testing::HasSubstr("none of the volumes"));
  EXPECT_TRUE(service_.volumes.world().volumes.contains(orphan_.value()));
}

}  // namespace
}  // namespace vbs
