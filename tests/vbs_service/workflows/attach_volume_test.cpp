#include <latch>

#include "vbs_service/service_under_test.h"

namespace vbs {
namespace {

class AttachVolume : public ServiceTest {
protected:
  VolumeId id_ = service_.createVolume().volumeId;
};

TEST_F(AttachVolume, ExportsThenAttaches) {
  const Attachment attachment = service_.attach(id_, "xvdb");
  EXPECT_EQ(attachment.status, AttachmentStatus::Attached);
  EXPECT_EQ(attachment.hostDevice, "/dev/disk/by-path/" + id_.str());
  EXPECT_TRUE(attachment.attachTime);
  const Volume volume = service_.volume(id_);
  EXPECT_EQ(volume.status, VolumeStatus::InUse);
  EXPECT_EQ(volume.attachment, attachment);
  EXPECT_EQ(service_.volumes.world().exports.at(id_)->targetName.str(),
            "iqn.2009-09.org.example:" + id_.str());
  service_.expectWorldMatchesMetadata();
}

TEST_F(AttachVolume, DrawsNoTargetIdWhereTheStackHasNoTargets) {
  service_.volumes.useTargets(false);
  service_.attach(id_);
  EXPECT_FALSE(service_.volumes.world().exports.at(id_));
  EXPECT_FALSE(service_.node1->world().at(id_).targetName);
  service_.expectWorldMatchesMetadata();
}

TEST_F(AttachVolume, RefusesAHostThatIsNotRegistered) {
  expectError(ErrorCode::UnknownVmmHost, "evil.example",
              [&] { service_.attach(id_, "xvdb", "evil.example"); });
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
}

TEST_F(AttachVolume, RefusesAVolumeInUseAndSaysWhere) {
  service_.attach(id_, "xvdb");
  expectError(ErrorCode::VolumeInUse, "attached to VM vm1 on node1 as xvdb",
              [&] { service_.attach(id_, "xvdc", "node2"); });
}

TEST_F(AttachVolume, RefusesADeviceThatIsTakenAndNamesTheVolume) {
  service_.attach(id_, "xvdb");
  const VolumeId other = service_.createVolume().volumeId;
  expectError(ErrorCode::DeviceInUse, id_.str(), [&] { service_.attach(other, "xvdb"); });
  EXPECT_NO_THROW(service_.attach(other, "xvdb", "node2"));
  service_.expectWorldMatchesMetadata();
}

TEST_F(AttachVolume, ChangesNothingWhenTheVolumeDelegateCannotSayWhatItUses) {
  service_.volumes.script.fail("describeDelegate", unreachable());
  expectError(ErrorCode::DelegateUnreachable, "the Volume Delegate", [&] { service_.attach(id_); });
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
  EXPECT_TRUE(service_.openOperations().empty());
}

TEST_F(AttachVolume, ChangesNothingWhenTheHostCannotSayWhatItHas) {
  for (const char* call : {"describeDelegate", "inventory"}) {
    service_.node1->script.fail(call, unreachable());
    expectError(ErrorCode::DelegateUnreachable, "the VMM Delegate of node1", [&] { service_.attach(id_); });
    EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
    EXPECT_TRUE(service_.openOperations().empty());
  }
}

TEST_F(AttachVolume, GivesNoVolumeToASecondVm) {
  const auto leave = [&](const char* vm, const std::optional<VmDevice>& device) {
    service_.node1->leaveBehind({.volumeId = id_,
                                 .targetName = std::nullopt,
                                 .portal = std::nullopt,
                                 .lun = std::nullopt,
                                 .vmId = VmId(vm),
                                 .vmDevice = device});
  };
  for (const auto& [vm, device] : {std::pair{"vm9", "xvdb"}, {"vm1", "xvdc"}}) {
    leave(vm, VmDevice(device));
    expectError(
        ErrorCode::IncorrectState,
        "was not given to vm1: list.devices shows that VM " + std::string(vm) + " has it as " + device,
        [&] { service_.attach(id_, "xvdb"); });
    EXPECT_THAT(service_.node1->script.calls(), testing::Not(testing::Contains("attachVolume")));
  }
  leave("7", std::nullopt);  // as Xen lists it, which may be vm1
  EXPECT_NO_THROW(service_.attach(id_, "xvdb"));
}

class LookAtHost : public AttachVolume {
protected:
  /// What a failed attach and its undo are told of what was there before.
  PriorFinding told() {
    service_.node1->script.fail("attachVolume", commandFailed("no"), FaultPoint::After);
    errorOf([&] { service_.attach(id_, "xvdb"); });
    service_.awaitQuiet();
    EXPECT_EQ(service_.node1->attached(), service_.node1->undone());
    service_.node1->change([](auto& world) { world.clear(); });
    service_.volumes.change([](auto& world) { world.exports.clear(); });
    return service_.node1->undone().value();
  }
  void show(const std::optional<VmId>& vm, const std::optional<VmDevice>& device) {
    service_.node1->lie([=, this](VmHostInventory& inventory) {
      inventory.devices->items = {{id_, vm, device, std::nullopt}};
    });
  }
  void showSession() {
    service_.node1->lie([this](VmHostInventory& inventory) {
      inventory.sessions->items = {{std::nullopt, id_}};
    });
  }
};

using enum Presence;

TEST_F(LookAtHost, SeesWhatIsThere) {
  EXPECT_EQ(told(), (PriorFinding{Absent, Absent}));
  showSession();
  EXPECT_EQ(told(), (PriorFinding{Present, Absent}));
  show(VmId("vm1"), VmDevice("xvdb"));
  EXPECT_EQ(told(), (PriorFinding{Absent, Present}));
}

TEST_F(LookAtHost, OwesNoSessionsAndNoDevicesWhereThereAreNone) {
  service_.node1->lie([](VmHostInventory& inventory) {
    inventory.sessions.reset();
    inventory.devices.reset();
  });
  EXPECT_EQ(told(), (PriorFinding{Absent, Absent}));
}

TEST_F(LookAtHost, DoesNotKnowWhoseADeviceIsThatNamesNoVm) {
  service_.node1->lie([this](VmHostInventory& inventory) {
    inventory.sessions->items = {{std::nullopt, id_}};
    inventory.devices->items = {{id_, std::nullopt, VmDevice("xvdb"), std::nullopt}};
  });
  service_.node1->script.fail("attachVolume", commandFailed("no"));
  errorOf([&] { service_.attach(id_, "xvdb"); });
  EXPECT_EQ(service_.node1->attached(), std::nullopt) << "the fault came before";
  EXPECT_EQ(service_.node1->undone(), (PriorFinding{Present, Unknown}));
}

TEST_F(LookAtHost, LeavesNoDoubtWhereTheHostIsNotConnected) {
  service_.node1->lie([](VmHostInventory& inventory) {
    inventory.devices = Listing<VmHostInventory::Device>::unknown("a VM is stuck");
  });
  EXPECT_EQ(told(), (PriorFinding{Absent, Absent}));
}

TEST_F(LookAtHost, KnowsWhatTheLastSurveySawWhileTheListingsCannotBeTrusted) {
  service_.node1->distrust(ListingState::Unknown, "nobody answers");
  service_.node1->script.fail("attachVolume", commandFailed("no"));
  errorOf([&] { service_.attach(id_, "xvdb"); });
  service_.awaitQuiet();
  EXPECT_EQ(service_.node1->undone(), (PriorFinding{Unknown, Unknown}));
  service_.volumes.change([](auto& world) { world.exports.clear(); });

  service_.node1->distrust(ListingState::Complete, "");
  service_.reconcile();
  service_.node1->distrust(ListingState::Unknown, "nobody answers");
  EXPECT_EQ(told(), (PriorFinding{Absent, Absent}));
}

TEST_F(LookAtHost, KnowsWhatADetachHasTakenAwayMeanwhile) {
  service_.attach(id_, "xvdb");
  service_.reconcile();
  service_.detach(id_);
  service_.node1->distrust(ListingState::Unknown, "nobody answers");
  EXPECT_EQ(told(), (PriorFinding{Absent, Absent}));
}

TEST_F(LookAtHost, IsJournalled) {
  showSession();
  service_.node1->script.fail("attachVolume", commandFailed("no"), FaultPoint::After);
  service_.node1->script.failAlways("undo:detachVolume", unreachable());
  errorOf([&] { service_.attach(id_, "xvdb"); });
  service_.node1->lie(nullptr);
  service_.restart();
  service_.node1->script.heal();
  service_.awaitQuiet();
  EXPECT_EQ(service_.node1->undone(), (PriorFinding{Present, Absent}));
  EXPECT_TRUE(service_.volumes.world().exports.contains(id_)) << "of the session that was there";
}

TEST_F(AttachVolume, UnexportsWhenTheVmRefusesTheDevice) {
  for (const FaultPoint point : {FaultPoint::Before, FaultPoint::After}) {
    service_.node1->script.fail("attachVolume", commandFailed("xm: no such domain"), point);
    const Error error = errorOf([&] { service_.attach(id_); });
    EXPECT_EQ(error.code(), ErrorCode::CommandFailed);
    EXPECT_EQ(error.resource(), id_.str());
    EXPECT_THAT(error.what(), testing::HasSubstr("attachVolume of " + id_.str() +
                                                 " at the VMM Delegate of node1 failed: "
                                                 "xm: no such domain; everything was rolled back"));
    EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
    EXPECT_FALSE(service_.volume(id_).attachment);
    service_.expectWorldMatchesMetadata();
  }
  EXPECT_NO_THROW(service_.attach(id_));
}

TEST_F(AttachVolume, UnexportsWhenTheExportFails) {
  for (const FaultPoint point : {FaultPoint::Before, FaultPoint::After}) {
    service_.volumes.script.fail("exportVolume", timeout(), point);
    expectError(ErrorCode::Timeout, "exportVolume at the Volume Delegate", [&] { service_.attach(id_); });
    EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
    EXPECT_THAT(service_.node1->script.calls(),
                testing::Each(testing::AnyOf("describeDelegate", "inventory")));
    service_.expectWorldMatchesMetadata();
  }
}

TEST_F(AttachVolume, LeavesTheTargetToAHostThatMayHaveBeenConnectedBefore) {
  for (const ListingState state : {ListingState::Complete, ListingState::Partial}) {
    service_.node1->distrust(state, "a line was not understood");
    if (state == ListingState::Complete) {
      service_.node1->lie([&](VmHostInventory& inventory) {
        inventory.sessions->items = {{.targetName = std::nullopt, .volumeId = id_}};
      });
    }
    service_.volumes.script.fail("exportVolume", timeout(), FaultPoint::After);
    expectError(ErrorCode::Timeout, "what node1 had or may have had of the volume before stays there",
                [&] { service_.attach(id_); });
    EXPECT_TRUE(service_.volumes.world().exports.contains(id_));
    service_.node1->lie(nullptr);
    service_.volumes.change([](auto& world) { world.exports.clear(); });
  }
}

TEST_F(AttachVolume, GivesTheNumberOfATargetThatItLeftToNoOtherVolume) {
  service_.node1->lie([&](VmHostInventory& inventory) {
    inventory.sessions->items = {{std::nullopt, id_}};
    inventory.devices->items = {{id_, VmId("vm1"), VmDevice("xvdb"), std::nullopt}};
  });
  service_.node1->script.fail("attachVolume", commandFailed("no"), FaultPoint::After);
  errorOf([&] { service_.attach(id_, "xvdb"); });
  const auto targetId = [&](const VolumeId& id) { return service_.volumes.world().exports.at(id)->targetId; };
  const TargetId kept = targetId(id_);
  const VolumeId other = service_.createVolume().volumeId;
  for (const bool isSurveyed : {false, true}) {
    if (isSurveyed) service_.reconcile();
    service_.attach(other, "xvdc");
    EXPECT_NE(targetId(other), kept);
    service_.detach(other);
  }
  service_.attach(id_, "xvdb");
  EXPECT_EQ(targetId(id_), kept);
}

TEST_F(AttachVolume, GoesToNoOtherHostWhileAVmIsKnownToHaveIt) {
  service_.node1->lie([&](VmHostInventory& inventory) {
    inventory.devices->items = {{id_, VmId("vm1"), VmDevice("xvdb"), std::nullopt}};
  });
  service_.node1->script.fail("attachVolume", commandFailed("no"));
  errorOf([&] { service_.attach(id_, "xvdb"); });
  service_.awaitQuiet();
  const auto refuses = [&] {
    expectError(ErrorCode::IncorrectState, "was seen in a VM of node1",
                [&] { service_.attach(id_, "xvdb", "node2"); });
  };
  refuses();
  service_.node1->lie(nullptr);
  service_.node1->distrust(ListingState::Partial, "vm1 is stuck");
  service_.reconcile();
  refuses();
  service_.node1->distrust(ListingState::Complete, "");
  service_.reconcile();
  service_.attach(id_, "xvdb", "node2");
}

TEST_F(AttachVolume, SaysNothingTwice) {
  service_.node1->script.fail("attachVolume",
                              commandFailed("no; undoing it failed too: the session is busy"));
  service_.node1->script.failAlways("undo:detachVolume", commandFailed("the session is busy"));
  expectError(ErrorCode::CommandFailed,
              "attachVolume of " + id_.str() +
                  " at the VMM Delegate of node1 failed: no; undoing it failed too: the session is busy; "
                  "the roll-back is still being retried "
                  "(undoing attachVolume at the VMM Delegate of node1 failed again)",
              [&] { service_.attach(id_); });
  eventually([&] { return service_.openOperations().at(0).attempts > 2; });
  EXPECT_EQ(service_.volume(id_).statusReason,
            "attachVolume of " + id_.str() +
                " at the VMM Delegate of node1 failed: no; undoing it failed too: the session is busy; "
                "the roll-back is still being retried "
                "(undoing attachVolume at the VMM Delegate of node1 failed: the session is busy)")
      << "the first cause is kept";
  service_.node1->script.heal();
  service_.awaitQuiet();
}

TEST_F(AttachVolume, KeepsTheTargetUntilTheHostIsCleanAndRetriesThat) {
  service_.node1->script.fail("attachVolume", timeout(), FaultPoint::After);
  service_.node1->script.failAlways("undo:detachVolume", unreachable());
  expectError(ErrorCode::Timeout,
              "the roll-back is still being retried (undoing attachVolume at the VMM Delegate",
              [&] { service_.attach(id_); });
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Attaching);
  EXPECT_THAT(service_.volume(id_).statusReason.value_or(""), testing::HasSubstr("node1"));
  EXPECT_TRUE(service_.volumes.world().exports.contains(id_));
  expectError(ErrorCode::IncorrectState, "still being retried", [&] { service_.attach(id_); });
  eventually([&] { return service_.openOperations().at(0).attempts > 3; });
  EXPECT_TRUE(service_.volumes.world().exports.contains(id_));
  service_.node1->script.heal();
  service_.awaitQuiet();
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
  EXPECT_FALSE(service_.volume(id_).statusReason);
  service_.expectWorldMatchesMetadata();
}

TEST_F(AttachVolume, MakesALostTargetAgainWhenTheHostDoesNotLetGoWithoutIt) {
  service_.node1->script.fail("attachVolume", timeout(), FaultPoint::After);
  service_.node1->script.fail("undo:detachVolume", timeout());
  std::atomic<bool> wasThere = false;
  service_.node1->script.watch([&](const std::string& call, FaultPoint point) {
    if (point != FaultPoint::Before || call != "undo:detachVolume") return;
    wasThere = service_.volumes.world().exports.contains(id_);
    service_.volumes.change([](auto& world) { world.exports.clear(); });
  });
  expectError(ErrorCode::Timeout, "still being retried", [&] { service_.attach(id_); });
  service_.awaitQuiet();
  EXPECT_TRUE(wasThere);
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
  service_.expectWorldMatchesMetadata();
}

TEST_F(AttachVolume, RetriesWhenTheTargetCannotBeRemoved) {
  service_.node1->script.fail("attachVolume", commandFailed());
  service_.volumes.script.fail("undo:unexportVolume", unreachable(), FaultPoint::Before, 3);
  expectError(ErrorCode::CommandFailed, "(undoing exportVolume", [&] { service_.attach(id_); });
  service_.awaitQuiet();
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
  service_.expectWorldMatchesMetadata();
}

TEST_F(AttachVolume, OneOfSixtyFourAtOnceWins) {
  constexpr int kThreads = 64;
  std::atomic<int> won{0};
  std::atomic<int> lost{0};
  std::latch ready(kThreads);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      ready.arrive_and_wait();
      try {
        service_.attach(id_, "dev" + std::to_string(i));
        ++won;
      } catch (const Error& error) {
        const bool expected =
            error.code() == ErrorCode::IncorrectState || error.code() == ErrorCode::VolumeInUse;
        EXPECT_TRUE(expected) << error.what();
        if (expected) ++lost;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, kThreads - 1);
  service_.expectWorldMatchesMetadata();
}

TEST_F(AttachVolume, LosersHearItWhileEveryWorkflowIsTaken) {
  std::vector<std::shared_ptr<FaultScript::Block>> blocks;
  std::vector<std::thread> threads;
  std::vector<VolumeId> ids;
  for (std::size_t i = 0; i < service_.settings.workflows; ++i) {
    ids.push_back(service_.createVolume().volumeId);
    blocks.push_back(service_.node1->script.block("attachVolume"));
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    threads.emplace_back([&, i] { service_.attach(ids[i], "dev" + std::to_string(i)); });
  }
  for (const auto& block : blocks) block->awaitArrival();
  expectError(ErrorCode::IncorrectState, "is attaching", [&] { service_.attach(ids[0], "xvdz"); });
  expectError(ErrorCode::DeviceInUse, ids[1].str(), [&] { service_.attach(id_, "dev1"); });
  EXPECT_EQ(service_.volume(ids[0]).status, VolumeStatus::Attaching);
  for (const auto& block : blocks) block->release();
  for (std::thread& thread : threads) thread.join();
  service_.expectWorldMatchesMetadata();
}

}  // namespace
}  // namespace vbs
