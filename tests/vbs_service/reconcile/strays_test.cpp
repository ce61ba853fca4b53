#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "vbs_service/reconcile/comparison_fixture.h"

namespace vbs::reconcile {
namespace {

using testing::HasSubstr;

// What is left over.

TEST_F(ComparisonTest, CleansAHostOfADeviceWithItsSession) {
  detach();
  found_.volumeServer->inventory.targets.items.clear();
  const Finding finding = certain();
  EXPECT_EQ(kindsOf(finding), kinds({DriftKind::StrayDevice}));
  EXPECT_EQ(finding.differences.at(0).vmmHostname, kNode1);
  EXPECT_EQ(finding.remedy,
            Remedy(Clean{{.vmmHostname = kNode1,
                          .volume = {.volumeId = kVolume,
                                     .size = std::nullopt,
                                     .vmId = VmId("vm1"),
                                     .vmDevice = VmDevice("xvdb"),
                                     .target = std::nullopt,
                                     .exported = {.portal = Portal("192.0.2.9:3260"), .lun = Lun(0)},
                                     .isInVm = std::nullopt},
                          .wasFound = true,
                          .foundTarget = kTarget.targetName}}));
}

TEST_F(ComparisonTest, CleansAHostOfASession) {
  detach();
  found_.volumeServer->inventory.targets.items.clear();
  found_.hosts[kNode1].devices->items.clear();
  const Finding finding = certain();
  EXPECT_EQ(kindsOf(finding), kinds({DriftKind::StraySession}));
  EXPECT_FALSE(std::get<Clean>(finding.remedy).found.volume.vmId);
  EXPECT_EQ(std::get<Clean>(finding.remedy).found.foundTarget, kTarget.targetName);
}

TEST_F(ComparisonTest, CleansAHostOfWhatIsAttachedAtAnother) {
  found_.hosts[kNode2] = {.sessions = Listing<Session>{{{kTarget.targetName, kVolume}}},
                          .devices = Listing<Device>{{{kVolume, VmId("vm2"), VmDevice("xvdc"), "/dev/sdb"}}}};
  const Finding finding = certain();
  EXPECT_EQ(kindsOf(finding), kinds({DriftKind::StrayDevice}));
  EXPECT_EQ(finding.differences.at(0).vmmHostname, kNode2);
  // What the listing does not show, the attachment knows: there is one volume server.
  EXPECT_EQ(std::get<Clean>(finding.remedy).found.volume.exported, record().exported);
}

TEST_F(ComparisonTest, LeavesASessionOfWhatIsAttachedAtAnotherAsTheyMayBeOneMachine) {
  found_.hosts[kNode2] = {.sessions = Listing<Session>{{{kTarget.targetName, kVolume}}},
                          .devices = Listing<Device>{}};
  const Finding finding = certain();
  EXPECT_EQ(kindsOf(finding), kinds({DriftKind::StraySession}));
  EXPECT_THAT(whyLeft(finding), HasSubstr("two machines"));
}

TEST_F(ComparisonTest, KeepsAHostConnectedWhileAnotherVmHasTheVolume) {
  detach();
  found_.volumeServer->inventory.targets.items.clear();
  found_.hosts[kNode1].devices->items.push_back({kVolume, VmId("vm2"), VmDevice("xvdc"), "/dev/sdb"});
  const Finding finding = certain();
  EXPECT_EQ(std::get<Clean>(finding.remedy).found.volume.vmId, VmId("vm1"));
  EXPECT_FALSE(std::get<Clean>(finding.remedy).found.foundTarget);
}

TEST_F(ComparisonTest, TakesNoDeviceFromAVmThatTheListingDoesNotName) {
  detach();
  found_.volumeServer->inventory.targets.items.clear();
  found_.hosts[kNode1].devices = Listing<Device>{{{kVolume, std::nullopt, std::nullopt, "/dev/sdb"}}};
  EXPECT_THAT(whyLeft(only()), HasSubstr("does not show which VM"));
}

TEST_F(ComparisonTest, LeavesToACleaningThatIsOwedWhatItWillTake) {
  detach();
  found_.volumeServer->inventory.targets.items.clear();
  known_.owedCleanings.emplace(kVolume, kNode1);
  EXPECT_TRUE(compared().empty());
}

TEST_F(ComparisonTest, RemovesATargetThatNoHostHolds) {
  detach();
  found_.hosts[kNode1] = found_.hosts[kNode2];
  const Finding finding = certain();
  EXPECT_EQ(kindsOf(finding), kinds({DriftKind::StrayTarget}));
  EXPECT_EQ(finding.remedy, Remedy(RemoveTarget{kTarget}));
}

TEST_F(ComparisonTest, KeepsATargetThatAHostHoldsOrMayHold) {
  detach();
  const auto targetFinding = [&] {
    const auto findings = compared();
    const auto found = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
      return finding.differences.at(0).kind == DriftKind::StrayTarget;
    });
    return found != findings.end() ? *found : Finding{{}, {}, RemoveTarget{kTarget}};
  };
  EXPECT_THAT(whyLeft(targetFinding()), HasSubstr("gone from node1"));
  found_.hosts.erase(kNode1);
  EXPECT_THAT(whyLeft(targetFinding()), HasSubstr("cannot be told whether node1"));
  found_.hosts[kNode1] = found_.hosts[kNode2];
  known_.owedCleanings.emplace(kVolume, kNode1);
  EXPECT_THAT(whyLeft(targetFinding()), HasSubstr("taken from node1"));
}

TEST_F(ComparisonTest, RemovesATargetWithoutANumberByItsName) {
  detach();
  found_.hosts[kNode1] = found_.hosts[kNode2];
  found_.volumeServer->inventory.targets = {{{std::nullopt, kTarget.targetName}}};
  EXPECT_EQ(std::get<RemoveTarget>(certain().remedy).target.targetName, kTarget.targetName);
}

TEST_F(ComparisonTest, OnlyReportsAnotherTargetOfAVolumeInUse) {
  found_.volumeServer->inventory.targets.items.push_back(
      {TargetId(2), TargetName("iqn.2009-09.org.old:vol-0000000a")});
  const Finding finding = only();
  EXPECT_EQ(kindsOf(finding), kinds({DriftKind::StrayTarget}));
  EXPECT_THAT(whyLeft(finding), HasSubstr("connected to"));
}

TEST_F(ComparisonTest, LeavesWhatAnotherServiceMayHaveMade) {
  const TargetName theirs("iqn.2009-09.org.example:vol-0000000b");
  found_.volumeServer->inventory.targets.items.push_back({TargetId(2), theirs});
  found_.hosts[kNode2].sessions = Listing<Session>{{{theirs, kOther}}};
  found_.hosts[kNode2].devices = Listing<Device>{{{kOther, VmId("vm9"), VmDevice("xvdb"), "/dev/sdc"}}};
  EXPECT_TRUE(compared().empty());
}

// What cannot be believed.

TEST_F(ComparisonTest, TakesNothingAwayWhileAnyListingIsNotComplete) {
  detach();
  found_.volumeServer->inventory.targets.items.clear();
  certain();
  const KnownState certainly = known_;
  const Inventories complete = found_;
  const auto left = [&](auto distrust) {
    known_ = certainly;
    found_ = complete;
    distrust();
    for (const Finding& finding : compared()) {
      EXPECT_THAT(whyLeft(finding), HasSubstr("cannot be trusted: garbled"))
          << finding.differences.front().description;
    }
  };
  const auto garble = [](auto& listing) {
    listing.state = ListingState::Partial;
    listing.reason = "garbled";
  };
  left([&] { garble(*found_.hosts[kNode2].devices); });
  left([&] { garble(*found_.hosts[kNode1].sessions); });
  left([&] { garble(found_.volumeServer->inventory.volumes); });
  left([&] { garble(found_.volumeServer->inventory.targets); });
}

TEST_F(ComparisonTest, TakesNothingAwayThatOnlyOneSurveyHasSeen) {
  detach();
  found_.volumeServer->inventory.targets.items.clear();
  EXPECT_THAT(whyLeft(only()), HasSubstr("next survey"));
  known_.sightedBefore.insert({.vmmHostname = kNode1,
                               .volumeId = kVolume,
                               .vmId = VmId("vm2"),
                               .vmDevice = VmDevice("xvdb"),
                               .targetName = kTarget.targetName});
  EXPECT_THAT(whyLeft(only()), HasSubstr("next survey"));
  EXPECT_TRUE(std::holds_alternative<Clean>(certain().remedy));
}

TEST_F(ComparisonTest, LeavesWhatIsElsewhereWhileTheAttachmentIsNotSeenToHold) {
  found_.hosts[kNode2].sessions = Listing<Session>{{{kTarget.targetName, kVolume}}};
  found_.hosts[kNode1].devices->items.clear();
  const auto findings = compared();
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(kindsOf(findings.at(1)), kinds({DriftKind::StraySession}));
  EXPECT_THAT(whyLeft(findings.at(1)), HasSubstr("not seen where it is attached"));
}

TEST_F(ComparisonTest, LeavesWhatAHostHasThatMayBeTheOneOfTheAttachmentUnderAnotherName) {
  found_.hosts[kNode2] = found_.hosts[kNode1];
  known_.hostIdentities.erase(kNode2);
  EXPECT_THAT(whyLeft(certain()), HasSubstr("node1 shows the same device"));
  // A listing of node2 that looks at the VMs of node1 shows them, too.
  known_.hostIdentities.emplace(kNode2, DelegateId("delegate-2"));
  EXPECT_THAT(whyLeft(certain()), HasSubstr("node1 shows the same device"));
  found_.hosts[kNode1].devices->items.front().vmId = VmId("17");
  EXPECT_THAT(whyLeft(certain()), HasSubstr("is attached to VM vm1 on node1"));
  found_.hosts[kNode2].devices->items.front().vmId = VmId("vm2");
  EXPECT_TRUE(std::holds_alternative<Clean>(certain().remedy));
}

TEST_F(ComparisonTest, LeavesASessionOfAHostThatMayBeTheOneOfTheAttachment) {
  found_.hosts[kNode2].sessions = Listing<Session>{{{kTarget.targetName, kVolume}}};
  known_.hostIdentities.erase(kNode2);
  EXPECT_THAT(whyLeft(certain()), HasSubstr("node2 may be node1"));
}

TEST_F(ComparisonTest, LeavesADeviceWhosePlaceAnotherVolumeIsAttachedTo) {
  addVolume(kOther, VolumeStatus::Available);
  found_.volumeServer->inventory.volumes.items.push_back({kOther});
  found_.hosts[kNode1].devices->items.push_back({kOther, VmId("vm1"), VmDevice("xvdb"), "/dev/sdc"});
  EXPECT_THAT(whyLeft(certain()), HasSubstr("volume " + kVolume.str() + " is attached"));
}

TEST_F(ComparisonTest, TakesNothingAwayOnTheWordOfARestoredBackup) {
  detach();
  found_.volumeServer->inventory.targets.items.clear();
  certain();
  known_.isRestored = true;
  EXPECT_THAT(whyLeft(only()), HasSubstr("--accept-restored"));
}

TEST_F(ComparisonTest, TakesNothingAwayWhileAnotherServiceCommandsAPart) {
  detach();
  found_.volumeServer->inventory.targets.items.clear();
  certain();
  found_.otherCommanders["the VMM Delegate of node2"] = {"vbs-service at 192.0.2.7:8090"};
  EXPECT_THAT(whyLeft(only()), HasSubstr("192.0.2.7:8090"));
}

}  // namespace
}  // namespace vbs::reconcile
