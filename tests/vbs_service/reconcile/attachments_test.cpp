#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vbs_service/reconcile/comparison_fixture.h"

namespace vbs::reconcile {
namespace {

using testing::HasSubstr;

// What volumes in use lack.

TEST_F(ComparisonTest, RestoresATarget) {
  found_.volumeServer->inventory.targets.items.clear();
  const Finding finding = only();
  EXPECT_EQ(kindsOf(finding), kinds({DriftKind::MissingTarget}));
  EXPECT_EQ(finding.remedy, Remedy(Restore{record(), false}));
}

TEST_F(ComparisonTest, RestoresATargetThatMayBeHalfMade) {
  AttachmentRecord uncertain = record();
  uncertain.isExportUncertain = true;
  known_.volumes.at(kVolume).attachment = uncertain;
  const Finding finding = only();
  EXPECT_EQ(kindsOf(finding), kinds({DriftKind::BrokenTarget}));
  EXPECT_THAT(finding.differences.front().description, HasSubstr("may be half made"));
  EXPECT_EQ(finding.remedy, Remedy(Restore{uncertain, false}));
}

TEST_F(ComparisonTest, ExportsNothingAgainForAReasonThatIsAboutSomethingElse) {
  known_.volumes.at(kVolume).volume.statusReason = "its VM has ended";
  EXPECT_TRUE(compared().empty());
}

TEST_F(ComparisonTest, RestoresATargetThatDoesNotServeItsVolume) {
  found_.volumeServer->inventory.showsWhatTargetsServe = true;
  const Finding finding = only();
  EXPECT_EQ(kindsOf(finding), kinds({DriftKind::BrokenTarget}));
  EXPECT_EQ(finding.remedy, Remedy(Restore{record(), false}));
  found_.volumeServer->inventory.targets.items.front().volumeId = kVolume;
  EXPECT_TRUE(compared().empty());
}

TEST_F(ComparisonTest, OnlyReportsATargetThatServesAnotherVolume) {
  found_.volumeServer->inventory.targets.items.front().volumeId = kOther;
  found_.hosts[kNode1].devices->items.clear();
  const Finding finding = only();
  EXPECT_EQ(kindsOf(finding), kinds({DriftKind::BrokenTarget}));
  EXPECT_THAT(finding.differences.front().description, HasSubstr(kOther.str()));
  EXPECT_THAT(whyLeft(finding), HasSubstr("another volume"));
}

TEST_F(ComparisonTest, TellsOfASessionThatIsStuckAndMakesItAnewOnlyWhenNoVmHasIt) {
  found_.hosts[kNode1].sessions->items.front().defect = "FAILED";
  const Finding finding = only();
  EXPECT_EQ(kindsOf(finding), kinds({DriftKind::StuckSession}));
  EXPECT_THAT(whyLeft(finding), HasSubstr("its VM waits"));

  found_.hosts[kNode1].devices->items.clear();
  const auto findings = compared();
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings.at(1).remedy, Remedy(Restore{record(), true, true}));

  found_.hosts[kNode1].devices->state = ListingState::Partial;
  EXPECT_EQ(kindsOf(only()), kinds({DriftKind::StuckSession}));
}

TEST_F(ComparisonTest, MissesNoTargetWhereTheStackHasNone) {
  found_.volumeServer->usesTargets = false;
  found_.volumeServer->inventory.targets.items.clear();
  EXPECT_TRUE(compared().empty());
}

TEST_F(ComparisonTest, MissesNoTargetOfAVolumeThatWasExportedWithoutOne) {
  known_.volumes.at(kVolume).attachment->target.reset();
  found_.volumeServer->inventory.targets.items.clear();
  EXPECT_TRUE(compared().empty());
}

TEST_F(ComparisonTest, KnowsATargetByItsNameWhereTheListingShowsNoNumbers) {
  found_.volumeServer->inventory.targets = {{{std::nullopt, kTarget.targetName}}};
  EXPECT_TRUE(compared().empty());
}

TEST_F(ComparisonTest, RestoresADeviceOrASession) {
  for (const bool losesDevice : {true, false}) {
    found_.hosts[kNode1] = {.sessions = Listing<Session>{{session()}},
                            .devices = Listing<Device>{{device()}}};
    if (losesDevice) {
      found_.hosts[kNode1].devices->items.clear();
    } else {
      found_.hosts[kNode1].sessions->items.clear();
    }
    const Finding finding = only();
    EXPECT_EQ(kindsOf(finding), kinds({DriftKind::MissingDevice}));
    EXPECT_EQ(finding.differences.at(0).vmmHostname, kNode1);
    EXPECT_EQ(finding.remedy, Remedy(Restore{record(), true}));
  }
}

TEST_F(ComparisonTest, RestoresTargetAndDeviceByOneRemedy) {
  found_.volumeServer->inventory.targets.items.clear();
  found_.hosts[kNode1].devices->items.clear();
  const Finding finding = only();
  EXPECT_EQ(kindsOf(finding), kinds({DriftKind::MissingTarget, DriftKind::MissingDevice}));
  EXPECT_EQ(finding.remedy, Remedy(Restore{record(), true}));
}

TEST_F(ComparisonTest, MissesNothingInAListThatAHostDoesNotHave) {
  found_.hosts[kNode1] = {.sessions = std::nullopt, .devices = Listing<Device>{{device()}}};
  EXPECT_TRUE(compared().empty());
  found_.hosts[kNode1] = {.sessions = Listing<Session>{{session()}}, .devices = std::nullopt};
  EXPECT_TRUE(compared().empty());
  found_.hosts[kNode1] = {.sessions = std::nullopt, .devices = std::nullopt};
  EXPECT_TRUE(compared().empty());
}

TEST_F(ComparisonTest, DoesNotMissWhatAListingNamesInAnotherWay) {
  found_.hosts[kNode1].devices = Listing<Device>{{{kVolume, VmId("17"), std::nullopt, std::nullopt}}};
  EXPECT_TRUE(compared().empty());
  found_.hosts[kNode1].devices = Listing<Device>{{{kVolume, std::nullopt, std::nullopt, "/dev/sdb"}}};
  EXPECT_TRUE(compared().empty());
}

TEST_F(ComparisonTest, MissesNothingAtAPartThatDidNotAnswer) {
  found_.hosts.erase(kNode1);
  EXPECT_TRUE(compared().empty());
  found_.volumeServer.reset();
  EXPECT_TRUE(compared().empty());
}

TEST_F(ComparisonTest, RestoresADeviceOnlyOnceTheVolumeServerAnswers) {
  found_.volumeServer.reset();
  found_.hosts[kNode1].devices->items.clear();
  EXPECT_THAT(whyLeft(only()), HasSubstr("once the Volume Delegate answers"));
}

TEST_F(ComparisonTest, LeavesOutWhatIsInMotion) {
  found_.volumeServer->inventory = {};
  found_.hosts[kNode1].devices->items.clear();
  known_.inMotion.insert(kVolume.str());
  EXPECT_TRUE(compared().empty());
}

TEST_F(ComparisonTest, GivesNoVolumeToItsVmWhileAVmOfAnotherHostHasIt) {
  found_.hosts[kNode2] = found_.hosts[kNode1];
  found_.hosts[kNode1] = {.sessions = Listing<Session>{}, .devices = Listing<Device>{}};
  const auto findings = compared();
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(kindsOf(findings.at(0)), kinds({DriftKind::MissingDevice}));
  EXPECT_THAT(whyLeft(findings.at(0)), HasSubstr("VM vm1 on node2 has it"));
  EXPECT_EQ(kindsOf(findings.at(1)), kinds({DriftKind::StrayDevice}));
  EXPECT_THAT(whyLeft(findings.at(1)), HasSubstr("it stays"));
}

}  // namespace
}  // namespace vbs::reconcile
