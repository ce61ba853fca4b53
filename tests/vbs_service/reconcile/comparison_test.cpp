#include "vbs_service/reconcile/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vbs_service/metadata/metadata_writer.h"

namespace vbs::reconcile {
namespace {

using metadata::AttachmentRecord;
using testing::HasSubstr;
using Session = VmHostInventory::Session;
using Device = VmHostInventory::Device;

const VolumeId kVolume("vol-0000000a");
const VolumeId kOther("vol-0000000b");
const SnapshotId kSnapshot("snap-0000000c");
const VmmHostname kNode1("node1");
const VmmHostname kNode2("node2");
const TargetIdentity kTarget{TargetId(1), TargetName("iqn.2009-09.org.example:vol-0000000a")};

/// A volume in use at vm1 of node1, and all there that belongs to it.
class ComparisonTest : public testing::Test {
protected:
  ComparisonTest() {
    addVolume(kVolume, VolumeStatus::InUse);
    known_.volumes.at(kVolume).attachment = record();
    known_.hosts = {kNode1, kNode2};
    known_.hostIdentities = {{kNode1, DelegateId("delegate-1")}, {kNode2, DelegateId("delegate-2")}};
    found_.volumeServer =
        VolumeServerView{.inventory = {.volumes = {{{kVolume}}},
                                       .snapshots = {},
                                       .targets = {{{kTarget.targetId, kTarget.targetName}}}},
                         .usesTargets = true};
    found_.hosts[kNode1] = {.sessions = Listing<Session>{{session()}},
                            .devices = Listing<Device>{{device()}}};
    found_.hosts[kNode2] = {.sessions = Listing<Session>{}, .devices = Listing<Device>{}};
  }

  void addVolume(const VolumeId& id, VolumeStatus status) {
    known_.volumes.emplace(id, KnownVolume{.volume = {.volumeId = id,
                                                      .size = SizeGiB(1),
                                                      .comment = "",
                                                      .snapshotId = std::nullopt,
                                                      .status = status,
                                                      .statusReason = std::nullopt,
                                                      .progressPercent = std::nullopt,
                                                      .createTime = Time{},
                                                      .attachment = std::nullopt},
                                           .attachment = std::nullopt});
  }
  void detach() {
    known_.volumes.at(kVolume).attachment.reset();
    known_.volumes.at(kVolume).volume.status = VolumeStatus::Available;
  }
  static AttachmentRecord record() {
    return {.id = AttachmentId("att-00000001"),
            .attachment = {.volumeId = kVolume,
                           .vmmHostname = kNode1,
                           .vmId = VmId("vm1"),
                           .vmDevice = VmDevice("xvdb"),
                           .hostDevice = "/dev/sdb",
                           .status = AttachmentStatus::Attached,
                           .attachTime = Time{}},
            .target = kTarget,
            .exported = {.portal = Portal("192.0.2.1:3260"), .lun = Lun(1)}};
  }
  static Session session() { return {kTarget.targetName, kVolume, Portal("192.0.2.9:3260"), Lun(0)}; }
  static Device device() { return {kVolume, VmId("vm1"), VmDevice("xvdb"), "/dev/sdb"}; }

  std::vector<Finding> compared() const { return compare(known_, found_); }
  Finding only() const {
    const auto findings = compared();
    EXPECT_EQ(findings.size(), 1U);
    return findings.empty() ? Finding{{}, {}, LeaveAlone{"nothing was found"}} : findings.front();
  }
  /// What is found when the survey before has seen the same.
  Finding certain() {
    for (const Finding& finding : compared()) {
      if (finding.sighting) known_.sightedBefore.insert(*finding.sighting);
    }
    return only();
  }
  void addSnapshot() {
    known_.snapshots.emplace(kSnapshot, Snapshot{.snapshotId = kSnapshot,
                                                 .volumeId = kVolume,
                                                 .size = SizeGiB(1),
                                                 .comment = "",
                                                 .status = SnapshotStatus::Completed,
                                                 .statusReason = std::nullopt,
                                                 .progressPercent = std::nullopt,
                                                 .startTime = Time{}});
  }
  static std::vector<DriftKind> kindsOf(const Finding& finding) {
    std::vector<DriftKind> kinds;
    for (const Difference& difference : finding.differences) kinds.push_back(difference.kind);
    return kinds;
  }
  static std::string whyLeft(const Finding& finding) {
    const auto* left = std::get_if<LeaveAlone>(&finding.remedy);
    return left != nullptr ? left->why : "it is not left alone";
  }
  static std::vector<DriftKind> kinds(std::initializer_list<DriftKind> list) { return list; }

  KnownState known_;
  Inventories found_;
};

TEST_F(ComparisonTest, FindsNothingWhereAllIsWell) {
  EXPECT_TRUE(compared().empty());
}

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

// What cannot be believed.

TEST_F(ComparisonTest, MissesNothingInAListingThatIsNotComplete) {
  for (const ListingState state : {ListingState::Partial, ListingState::Unknown}) {
    found_.hosts[kNode1] = {.sessions = Listing<Session>{{}, state, "why"},
                            .devices = Listing<Device>{{}, state, "why"}};
    found_.volumeServer->inventory = {
        .volumes = {{}, state, "why"}, .snapshots = {{}, state, "why"}, .targets = {{}, state, "why"}};
    EXPECT_TRUE(compared().empty());
  }
}

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
