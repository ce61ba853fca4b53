#include "vbs_service/reconcile/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "vbs_service/reconcile/comparison_fixture.h"

namespace vbs::reconcile {
namespace {

using testing::HasSubstr;

TEST_F(ComparisonTest, FindsNothingWhereAllIsWell) {
  EXPECT_TRUE(compared().empty());
}

TEST_F(ComparisonTest, MissesNothingInAListingThatIsNotComplete) {
  for (const ListingState state : {ListingState::Partial, ListingState::Unknown}) {
    found_.hosts[kNode1] = {.sessions = Listing<Session>{{}, state, "why"},
                            .devices = Listing<Device>{{}, state, "why"}};
    found_.volumeServer->inventory = {
        .volumes = {{}, state, "why"}, .snapshots = {{}, state, "why"}, .targets = {{}, state, "why"}};
    EXPECT_TRUE(compared().empty());
  }
}

// What is lost for good.

TEST_F(ComparisonTest, RestoresNothingOfAVolumeThatIsLost) {
  found_.volumeServer->inventory = {.volumes = {{{kOther}}}};
  addVolume(kOther, VolumeStatus::Available);
  found_.hosts[kNode1].devices->items.clear();
  const Finding finding = only();
  EXPECT_EQ(kindsOf(finding), kinds({DriftKind::MissingVolume}));
  EXPECT_THAT(whyLeft(finding), HasSubstr("never made anew"));
}

TEST_F(ComparisonTest, ExpectsNoVolumeThatMayBeHalfMade) {
  addVolume(kOther, VolumeStatus::Pending);
  EXPECT_TRUE(compared().empty());
  known_.volumes.at(kOther).volume.status = VolumeStatus::Error;
  EXPECT_TRUE(compared().empty());
  known_.volumes.at(kOther).volume.status = VolumeStatus::Available;
  EXPECT_EQ(kindsOf(only()), kinds({DriftKind::MissingVolume}));
}

TEST_F(ComparisonTest, ReportsALostSnapshot) {
  addSnapshot();
  EXPECT_EQ(kindsOf(only()), kinds({DriftKind::MissingSnapshot}));
  known_.snapshots.at(kSnapshot).status = SnapshotStatus::Error;
  EXPECT_TRUE(compared().empty());
}

TEST_F(ComparisonTest, ReportsABrokenSnapshot) {
  addSnapshot();
  found_.volumeServer->inventory.snapshots = {{{kSnapshot}}};
  EXPECT_TRUE(compared().empty());
  found_.volumeServer->inventory.snapshots = {{{kSnapshot, "it is full"}}};
  for (const SnapshotStatus status : {SnapshotStatus::Completed, SnapshotStatus::Error}) {
    known_.snapshots.at(kSnapshot).status = status;
    const Finding finding = only();
    EXPECT_EQ(kindsOf(finding), kinds({DriftKind::BrokenSnapshot}));
    EXPECT_NE(finding.differences.front().description.find("it is full"), std::string::npos);
    EXPECT_NE(whyLeft(finding).find("can only be deleted"), std::string::npos);
  }
}

// What the metadata do not know.

TEST_F(ComparisonTest, RemovesOrphansThatThisServiceMade) {
  found_.volumeServer->inventory.volumes.items.push_back({kOther});
  found_.volumeServer->inventory.snapshots.items.push_back({kSnapshot});
  known_.givenVolumes[kOther] = {.size = SizeGiB(3)};
  known_.givenSnapshots[kSnapshot] = {.size = SizeGiB(2), .volumeId = kOther};
  const auto findings = compared();
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings.at(0).remedy, Remedy(RemoveSnapshot{kSnapshot, SizeGiB(2)}));
  EXPECT_EQ(findings.at(0).volumeId, kOther);
  EXPECT_EQ(findings.at(1).remedy, Remedy(RemoveVolume{SizeGiB(3)}));
}

TEST_F(ComparisonTest, OnlyReportsOrphansThatItCannotBeSureOf) {
  found_.volumeServer->inventory.volumes.items.push_back({kOther});
  EXPECT_THAT(whyLeft(only()), HasSubstr("did not give its id"));
  known_.givenVolumes[kOther] = {.size = std::nullopt};
  EXPECT_THAT(whyLeft(only()), HasSubstr("by hand"));
  known_.givenVolumes[kOther] = {.size = SizeGiB(1)};
  EXPECT_EQ(only().remedy, Remedy(RemoveVolume{SizeGiB(1)}));
  found_.hosts.erase(kNode2);
  EXPECT_THAT(whyLeft(only()), HasSubstr("whether node2 has it"));
}

TEST_F(ComparisonTest, LeavesOutAnOrphanThatAnOperationIsMakingOrRemoving) {
  found_.volumeServer->inventory.volumes.items.push_back({kOther});
  found_.volumeServer->inventory.snapshots.items.push_back({kSnapshot});
  known_.inMotion = {kOther.str(), kSnapshot.str()};
  EXPECT_TRUE(compared().empty());
}

TEST_F(ComparisonTest, RemovesNothingWhenTheVolumeServerShowsNoneOfItsVolumes) {
  detach();
  found_.volumeServer->inventory = {.volumes = {{{kOther}}},
                                    .snapshots = {{{kSnapshot}}},
                                    .targets = {{{TargetId(1), kTarget.targetName}}}};
  known_.givenVolumes[kOther] = {.size = SizeGiB(3)};
  known_.givenSnapshots[kSnapshot] = {.size = SizeGiB(2), .volumeId = kOther};
  const auto findings = compared();
  EXPECT_EQ(findings.size(), 5U);  // the lost volume, its device, its target and two orphans
  for (const Finding& finding : findings) {
    EXPECT_TRUE(std::holds_alternative<LeaveAlone>(finding.remedy)) << finding.differences.at(0).description;
  }
}

// What held while one looked.

TEST_F(ComparisonTest, TakesForMovingWhateverChangedBetweenTwoLooks) {
  KnownState before = known_;
  KnownState after = known_;
  after.volumes.at(kVolume).attachment->exported.portal = Portal("192.0.2.2:3260");
  EXPECT_EQ(agreed(before, after).inMotion, std::set<std::string>{kVolume.str()});
  after.volumes.erase(kVolume);
  EXPECT_EQ(agreed(before, after).inMotion, std::set<std::string>{kVolume.str()});
  EXPECT_EQ(agreed(after, before).inMotion, std::set<std::string>{kVolume.str()});
  before.inMotion.insert(kSnapshot.str());
  EXPECT_EQ(agreed(before, known_).inMotion, std::set<std::string>{kSnapshot.str()});
  EXPECT_EQ(agreed(known_, before).inMotion, std::set<std::string>{kSnapshot.str()});
}

TEST_F(ComparisonTest, TakesACleaningForOwedThatEndedBetweenTwoLooks) {
  KnownState before = known_;
  before.owedCleanings.emplace(kVolume, kNode2);
  EXPECT_TRUE(agreed(before, known_).owedCleanings.contains({kVolume, kNode2}));
}

}  // namespace
}  // namespace vbs::reconcile
