#include "vbs_service/service_under_test.h"

namespace vbs {
namespace {

class DetachVolume : public ServiceTest {
protected:
  DetachVolume() { service_.attach(id_); }

  VolumeId id_ = service_.createVolume().volumeId;
};

TEST_F(DetachVolume, DetachesThenUnexports) {
  const Attachment attachment = service_.detach(id_);
  EXPECT_TRUE(service_.volumes.fences().empty());
  EXPECT_EQ(attachment.status, AttachmentStatus::Detaching);
  EXPECT_EQ(attachment.vmDevice, VmDevice("xvdb"));
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
  EXPECT_FALSE(service_.volume(id_).attachment);
  service_.expectWorldMatchesMetadata();
}

TEST_F(DetachVolume, DisconnectsTheHostByTheWayItWasGiven) {
  service_.volumes.movePortal(Portal("192.0.2.9:3260"));
  service_.detach(id_);
  service_.expectWorldMatchesMetadata();
}

TEST_F(DetachVolume, RefusesAVolumeThatIsNotAttached) {
  service_.detach(id_);
  for (const bool force : {false, true}) {
    expectError(ErrorCode::IncorrectState, "is available", [&] { service_.detach(id_, force); });
    expectError(ErrorCode::VolumeNotFound, "vol-00000000",
                [&] { service_.detach(VolumeId("vol-00000000"), force); });
  }
}

TEST_F(DetachVolume, ExportsALostTargetBeforeTheHostIsAskedToLetGoOfIt) {
  service_.volumes.change([](auto& world) { world.exports.clear(); });
  bool wasThere = false;
  service_.node1->script.watch([&](const std::string& call, FaultPoint point) {
    if (call == "detachVolume" && point == FaultPoint::Before) {
      wasThere = service_.volumes.world().exports.contains(id_);
    }
  });
  service_.detach(id_);
  EXPECT_TRUE(wasThere);
  service_.expectWorldMatchesMetadata();
}

TEST_F(DetachVolume, DetachesAVolumeThatCannotBeExportedAnyMore) {
  service_.volumes.script.failAlways("exportVolume", commandFailed("no such volume"));
  EXPECT_NO_THROW(service_.detach(id_));
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
}

TEST_F(DetachVolume, AsksNothingOfTheHostWhileTheVolumeServerIsAway) {
  const auto before = service_.volume(id_);
  service_.node1->script.forgetCalls();
  service_.volumes.script.failAlways("exportVolume", unreachable());
  service_.volumes.script.fail("undo:exportVolume", commandFailed("no such volume"));
  expectError(ErrorCode::DelegateUnreachable,
              "it was rolled back, but whether it is still exported is not certain",
              [&] { service_.detach(id_); });
  EXPECT_TRUE(service_.node1->script.calls().empty());
  Volume after = service_.volume(id_);
  EXPECT_NE(after.statusReason.value_or("").find("the next reconciliation"), std::string::npos);
  after.statusReason.reset();
  EXPECT_EQ(after, before);
}

TEST_F(DetachVolume, TellsTheVolumeServerThatAnExportWithoutAnAnswerIsUndone) {
  const auto before = service_.volume(id_);
  service_.volumes.script.forgetCalls();
  service_.volumes.script.fail("exportVolume", timeout(), FaultPoint::Before);
  expectError(ErrorCode::Timeout, "everything was rolled back", [&] { service_.detach(id_); });
  EXPECT_EQ(service_.volumes.script.calls(), (std::vector<std::string>{"exportVolume", "undo:exportVolume"}));
  EXPECT_EQ(service_.volume(id_), before);
  service_.expectWorldMatchesMetadata();
}

TEST_F(DetachVolume, AttachesAgainWhenTheVmDoesNotLetGo) {
  const auto before = service_.volume(id_);
  for (const FaultPoint point : {FaultPoint::Before, FaultPoint::After}) {
    service_.node1->script.forgetCalls();
    service_.node1->script.fail("detachVolume", commandFailed("device busy"), point);
    expectError(ErrorCode::CommandFailed, "device busy; everything was rolled back",
                [&] { service_.detach(id_); });
    EXPECT_EQ(service_.node1->script.calls(), (std::vector<std::string>{"detachVolume", "describeDelegate",
                                                                        "inventory", "undo:attachVolume"}));
    EXPECT_EQ(service_.volume(id_), before);
    service_.expectWorldMatchesMetadata();
  }
  EXPECT_NO_THROW(service_.detach(id_));
}

TEST_F(DetachVolume, ExportsAndAttachesAgainWhenTheTargetCannotBeRemoved) {
  for (const FaultPoint point : {FaultPoint::Before, FaultPoint::After}) {
    service_.volumes.script.fail("unexportVolume", timeout(), point);
    expectError(ErrorCode::Timeout, "everything was rolled back", [&] { service_.detach(id_); });
    EXPECT_EQ(service_.volume(id_).status, VolumeStatus::InUse);
    service_.expectWorldMatchesMetadata();
  }
}

TEST_F(DetachVolume, RetriesTheRollBackUntilItSucceeds) {
  service_.volumes.script.fail("unexportVolume", timeout(), FaultPoint::After);
  service_.volumes.script.fail("undo:exportVolume", unreachable(), FaultPoint::Before, 2);
  service_.node1->script.fail("undo:attachVolume", unreachable(), FaultPoint::Before, 2);
  expectError(ErrorCode::Timeout, "still being retried", [&] { service_.detach(id_); });
  service_.awaitQuiet();
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::InUse);
  service_.expectWorldMatchesMetadata();
}

TEST_F(DetachVolume, KnowsAfterARestartThatItIsExported) {
  service_.node1->script.watch([&](const std::string& call, FaultPoint point) {
    if (call == "detachVolume" && point == FaultPoint::Before) service_.keepDatabaseAsOfNow();
  });
  service_.node1->script.fail("detachVolume", commandFailed("device busy"), FaultPoint::Before);
  expectError(ErrorCode::CommandFailed, "device busy", [&] { service_.detach(id_); });
  service_.startFromKept();
  service_.awaitQuiet();
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::InUse);
  EXPECT_EQ(service_.volume(id_).statusReason, std::nullopt);
}

TEST_F(DetachVolume, ExportsAgainWhereItWasCutOffInTheMiddleOfThat) {
  service_.node1->script.fail("detachVolume", commandFailed("device busy"), FaultPoint::Before);
  service_.node1->script.fail("undo:attachVolume", commandFailed("no such target"), FaultPoint::Before);
  service_.volumes.script.watch([&](const std::string& call, FaultPoint point) {
    if (call == "undo:exportVolume" && point == FaultPoint::Before) service_.keepDatabaseAsOfNow();
  });
  expectError(ErrorCode::CommandFailed, "device busy", [&] { service_.detach(id_); });
  service_.volumes.script.forgetCalls();
  service_.startFromKept();
  service_.awaitQuiet();
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::InUse);
  EXPECT_THAT(service_.volumes.script.calls(), testing::Contains("undo:exportVolume"));
}

TEST_F(DetachVolume, AsksTheHostUntilItHasHeardOfTheUndoThoughTheExportIsRefused) {
  service_.node1->script.fail("detachVolume", timeout(), FaultPoint::Before);
  service_.node1->script.fail("undo:attachVolume", unreachable(), FaultPoint::Before, 2);
  service_.volumes.script.failAlways("undo:exportVolume", commandFailed("no such volume"));
  service_.node1->script.forgetCalls();
  expectError(ErrorCode::Timeout, "still being retried", [&] { service_.detach(id_); });
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Detaching);
  service_.awaitQuiet();
  const auto calls = service_.node1->script.calls();
  EXPECT_GE(std::count(calls.begin(), calls.end(), "undo:attachVolume"), 3);
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::InUse);
}

TEST_F(DetachVolume, ExportsAgainWhatWasLostBeforeItAttachesAgain) {
  service_.node1->script.fail("detachVolume", commandFailed(), FaultPoint::After);
  service_.node1->script.fail("undo:attachVolume", commandFailed("no such target"));
  service_.volumes.change([](auto& world) { world.exports.clear(); });
  expectError(ErrorCode::CommandFailed, "everything was rolled back", [&] { service_.detach(id_); });
  EXPECT_EQ(service_.volume(id_).statusReason, std::nullopt);
  service_.expectWorldMatchesMetadata();
}

TEST_F(DetachVolume, StaysInUseAndSaysWhatIsMissingWhenItCannotBeAttachedAgain) {
  service_.volumes.script.fail("unexportVolume", commandFailed("still active"));
  service_.node1->script.failAlways("undo:attachVolume", commandFailed("VM vm1 is not running"));
  expectError(ErrorCode::CommandFailed, "still active; it was rolled back, but it is missing in its VM",
              [&] { service_.detach(id_); });
  EXPECT_TRUE(service_.openOperations().empty());
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::InUse);
  EXPECT_NE(service_.volume(id_).statusReason.value().find("VM vm1 is not running"), std::string::npos);
  EXPECT_TRUE(service_.volumes.world().exports.contains(id_));
  service_.detach(id_);
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
  EXPECT_EQ(service_.volume(id_).statusReason, std::nullopt);
  service_.expectWorldMatchesMetadata();
}

class ForceDetach : public DetachVolume {
protected:
  using Fences = std::vector<std::pair<VolumeId, VmmHostname>>;

  void loseNode1() {
    for (const char* call : {"attachVolume", "detachVolume", "undo:attachVolume", "undo:detachVolume"}) {
      service_.node1->script.failAlways(call, unreachable());
    }
  }
};

TEST_F(ForceDetach, SkipsTheLostHostAndCleansItWhenItIsBack) {
  loseNode1();
  const Attachment attachment = service_.detach(id_, true);
  EXPECT_EQ(attachment.vmmHostname, VmmHostname("node1"));
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
  EXPECT_FALSE(service_.volumes.world().exports.contains(id_));
  EXPECT_TRUE(service_.node1->holds(id_));
  EXPECT_EQ(service_.volumes.fences(), (Fences{{id_, VmmHostname("node1")}}));
  service_.attach(id_, "xvdb", "node2");
  service_.node1->script.heal();
  service_.awaitQuiet();
  EXPECT_FALSE(service_.node1->holds(id_));
  service_.expectWorldMatchesMetadata();
}

TEST_F(ForceDetach, AttachesNothingThatTheCleaningWouldTakeAway) {
  loseNode1();
  service_.detach(id_, true);
  expectError(ErrorCode::IncorrectState, "still has to be cleaned", [&] { service_.attach(id_, "xvdz"); });
  const VolumeId other = service_.createVolume().volumeId;
  expectError(ErrorCode::DeviceInUse, "still has to be cleaned", [&] { service_.attach(other, "xvdb"); });
  service_.node1->script.heal();
  service_.awaitQuiet();
  EXPECT_NO_THROW(service_.attach(id_, "xvdb"));
  service_.expectWorldMatchesMetadata();
}

TEST_F(ForceDetach, RemembersTheCleaningAcrossARestart) {
  loseNode1();
  service_.detach(id_, true);
  service_.deleteVolume(id_);
  service_.restart();
  EXPECT_EQ(service_.openOperations().size(), 1U);
  service_.node1->script.heal();
  service_.awaitQuiet();
  service_.expectWorldMatchesMetadata();
}

TEST_F(ForceDetach, TakesOverADetachThatWaitsForTheLostHost) {
  loseNode1();
  expectError(ErrorCode::DelegateUnreachable, "still being retried", [&] { service_.detach(id_); });
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Detaching);
  service_.detach(id_, true);
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
  service_.node1->script.heal();
  service_.awaitQuiet();
  service_.expectWorldMatchesMetadata();
}

TEST_F(ForceDetach, TakesOverAnAttachThatWaitsForTheLostHost) {
  const VolumeId id = service_.createVolume().volumeId;
  service_.node1->script.failAlways("attachVolume", timeout(), FaultPoint::After);
  service_.node1->script.failAlways("undo:detachVolume", unreachable());
  expectError(ErrorCode::Timeout, "still being retried", [&] { service_.attach(id, "xvdc"); });
  service_.detach(id, true);
  EXPECT_EQ(service_.volume(id).status, VolumeStatus::Available);
  service_.node1->script.heal();
  service_.awaitQuiet();
  service_.expectWorldMatchesMetadata();
}

TEST_F(ForceDetach, TakesWhatAnAttachInDoubtLeaves) {
  const VolumeId id = service_.createVolume().volumeId;
  service_.node1->distrust(ListingState::Unknown, "nobody answers");
  service_.node1->script.fail("attachVolume", commandFailed("no"), FaultPoint::After);
  expectError(ErrorCode::CommandFailed, "still being retried", [&] { service_.attach(id, "xvdc"); });
  eventually([&] { return service_.openOperations().at(0).attempts > 2; });
  EXPECT_EQ(service_.volume(id).status, VolumeStatus::Attaching) << "or another host could have it too";
  EXPECT_THAT(service_.volume(id).statusReason.value_or(""), testing::HasSubstr("the host stays connected"));
  EXPECT_TRUE(service_.node1->holds(id));
  service_.node1->distrust(ListingState::Complete, "");
  service_.detach(id, true);
  service_.awaitQuiet();
  EXPECT_EQ(service_.volume(id).status, VolumeStatus::Available);
  EXPECT_FALSE(service_.node1->holds(id));
  service_.expectWorldMatchesMetadata();
}

TEST_F(ForceDetach, CleansTheHostHoweverOftenThatFails) {
  const VolumeId id = service_.createVolume().volumeId;
  service_.node1->script.fail("attachVolume", commandFailed("no"), FaultPoint::After);
  service_.node1->script.failAlways("undo:detachVolume", unreachable());
  expectError(ErrorCode::CommandFailed, "still being retried", [&] { service_.attach(id, "xvdc"); });
  service_.detach(id, true);
  service_.node1->script.heal();
  // The attach is undone by the first, which ends it for good; the cleaning's own call fails after it.
  service_.node1->script.fail("undo:detachVolume", commandFailed("the guest does not let go"),
                              FaultPoint::After, 2);
  service_.awaitQuiet();
  EXPECT_FALSE(service_.node1->holds(id));
  service_.expectWorldMatchesMetadata();
}

TEST_F(ForceDetach, OwesNothingToAHostThatWasNeverAsked) {
  const VolumeId id = service_.createVolume().volumeId;
  service_.node1->script.forgetCalls();
  service_.volumes.script.fail("exportVolume", timeout());
  service_.volumes.script.failAlways("undo:unexportVolume", unreachable());
  expectError(ErrorCode::Timeout, "still being retried", [&] { service_.attach(id, "xvdc"); });
  service_.detach(id, true);
  service_.volumes.script.heal();
  service_.awaitQuiet();
  EXPECT_EQ(service_.volume(id).status, VolumeStatus::Available);
  EXPECT_THAT(service_.node1->script.calls(), testing::ElementsAre("describeDelegate", "inventory"));
  EXPECT_EQ(service_.volumes.fences(), (Fences{{id, VmmHostname("node1")}})) << "cut off all the same";
  service_.expectWorldMatchesMetadata();
}

TEST_F(ForceDetach, LetsNoLateExportOfTheOperationItReplacedThrough) {
  const VolumeId id = service_.createVolume().volumeId;
  service_.node1->script.failAlways("attachVolume", timeout());
  service_.node1->script.failAlways("undo:detachVolume", unreachable());
  expectError(ErrorCode::Timeout, "still being retried", [&] { service_.attach(id, "xvdc"); });
  const std::int64_t replaced = service_.volumes.highestNumber(id.str());
  service_.detach(id, true);
  expectError(ErrorCode::IncorrectState, "too late", [&] {
    service_.volumes.exportVolume(doing("replaced", replaced), id,
                                  TargetIdentity{TargetId(7), TargetName("iqn.2009-09.org.example:late")},
                                  VmmHostname("node1"));
  });
}

TEST_F(ForceDetach, DoesNotTakeOverWhatIsAtWork) {
  service_.settings.ownerPatience = std::chrono::milliseconds(1);
  service_.restart();
  const auto block = service_.node1->script.block("detachVolume");
  std::thread detacher([&] { service_.detach(id_); });
  block->awaitArrival();
  expectError(ErrorCode::IncorrectState, "is being detached (detachVolume ",
              [&] { service_.detach(id_, true); });
  block->release();
  detacher.join();
  service_.expectWorldMatchesMetadata();
}

TEST_F(ForceDetach, WaitsForATryThatGoesOn) {
  loseNode1();
  EXPECT_THROW(service_.detach(id_), Error);
  const auto block = service_.node1->script.block("undo:attachVolume");
  block->awaitArrival();
  std::thread forcer([&] { EXPECT_NO_THROW(service_.detach(id_, true)); });
  block->release();
  forcer.join();
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
  service_.node1->script.heal();
  service_.awaitQuiet();
  service_.expectWorldMatchesMetadata();
}

TEST_F(ForceDetach, WaitsForARequestThatGoesOn) {
  const auto block = service_.node1->script.block("detachVolume");
  service_.node1->script.failAlways("detachVolume", unreachable());
  service_.node1->script.failAlways("undo:attachVolume", unreachable());
  std::thread detacher([&] { EXPECT_THROW(service_.detach(id_), Error); });
  block->awaitArrival();
  std::thread forcer([&] { EXPECT_NO_THROW(service_.detach(id_, true)); });
  block->release();
  detacher.join();
  forcer.join();
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
  service_.node1->script.heal();
  service_.awaitQuiet();
  service_.expectWorldMatchesMetadata();
}

TEST_F(ForceDetach, TakesOverARestorationThatNobodyAnswers) {
  service_.volumes.change([](FakeVolumeDelegate::World& world) { world.exports.clear(); });
  service_.volumes.script.failAlways("exportVolume", timeout(), FaultPoint::After);
  service_.reconcile();
  EXPECT_EQ(service_.openOperations().at(0).kind, "restoreAttachment");
  service_.detach(id_, true);
  service_.volumes.script.heal();
  service_.awaitQuiet();
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
  EXPECT_FALSE(service_.node1->holds(id_));
  service_.expectWorldMatchesMetadata();
}

TEST_F(ForceDetach, InsistsUntilTheTargetIsGone) {
  service_.volumes.script.fail("unexportVolume", commandFailed("target still active"), FaultPoint::Before, 3);
  expectError(ErrorCode::CommandFailed, "asked again", [&] { service_.detach(id_, true); });
  EXPECT_THAT(service_.volume(id_).status, testing::AnyOf(VolumeStatus::Detaching, VolumeStatus::Available));
  service_.awaitQuiet();
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
  service_.expectWorldMatchesMetadata();
}

}  // namespace
}  // namespace vbs
