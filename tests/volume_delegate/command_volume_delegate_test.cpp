#include "volume_delegate/command_volume_delegate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <latch>
#include <optional>
#include <sstream>
#include <thread>

#include "common/model/error.h"
#include "fakes/command_gate.h"
#include "fakes/fake_command_runner.h"
#include "fakes/fake_volume_status_listener.h"
#include "support/expect_error.h"
#include "support/operation_context.h"
#include "support/scratch_directory.h"

namespace vbs::volume_delegate {
namespace {

using namespace std::chrono_literals;
using command::Command;
using command::FakeCommandRunner;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kPatterns = R"(
param.portal = 192.0.2.10:3260
volume.create = create <volumeId> <sizeGiB>
volume.create.no-space-stderr = no room
volume.delete.1 = wipe <volumeId>
volume.delete.2 = remove <volumeId>
volume.copy = copy <snapshotId> <volumeId>
snapshot.create = take <volumeId> <snapshotId>
snapshot.delete = drop <snapshotId>
target.create.1 = target-new <targetId> <targetName>
target.create.2 = lun-new <targetId> <lun> <volumeId>
target.delete.1 = lun-delete <targetId> <lun>
target.delete.2 = target-delete <targetId>
list.volumes = list-volumes
list.volumes.output = ^(?<volumeId>\S+)$
list.snapshots = list-snapshots
list.snapshots.output = ^(?<snapshotId>\S+)$
list.targets = list-targets
list.targets.output = ^(?<targetId>\d+) (?<targetName>\S+)$
capacity = df
capacity.output = ^(?<totalBytes>\d+) (?<freeBytes>\d+)$
)";

const Commander kService{ServiceInstanceId("instance-1"), "vbs-service"};
const VolumeId kVolume("vol-00000001");
const VolumeId kOtherVolume("vol-00000002");
const SnapshotId kSnapshot("snap-00000001");
const SizeGiB kSize(5);
const TargetIdentity kTarget{TargetId(7), TargetName("iqn.2009-09.org.example:vol-00000001")};
const VmmHostname kHost("node1");
const RequestId kRequest("request-1");

/// `patterns` without the lines that begin with one of `keys`.
std::string without(std::string_view patterns, const std::vector<std::string>& keys) {
  std::istringstream lines{std::string(patterns)};
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const auto beginsLine = [&](const std::string& key) { return line.starts_with(key); };
    if (std::none_of(keys.begin(), keys.end(), beginsLine)) kept += line + "\n";
  }
  return kept;
}

class CommandVolumeDelegateTest : public testing::Test {
protected:
  CommandVolumeDelegate& delegate() {
    if (!delegate_) {
      file_.emplace(directory_.path() / "commands.properties", command::Host::VolumeServer);
      delegate_.emplace(*file_, runner_, &listener_, settings_);
    }
    return *delegate_;
  }
  void writePatterns(const std::string& text) { directory_.write("commands.properties", text); }

  CopyStatus copy(const VolumeId& volumeId = kVolume) {
    return delegate().describeCopies(kRequest, {volumeId}).at(0);
  }

  support::ScratchDirectory directory_;
  FakeCommandRunner runner_;
  FakeVolumeStatusListener listener_;
  Settings settings_{.version = "1.2.3", .identity = DelegateId("server-1")};
  std::optional<command::LiveCommandFile> file_;
  std::optional<CommandVolumeDelegate> delegate_;

  void SetUp() override { writePatterns(std::string(kPatterns)); }
};

class GatedVolumeDelegateTest : public CommandVolumeDelegateTest {
protected:
  void TearDown() override {
    gate_.open();
    delegate_.reset();
  }
  command::CommandGate gate_;
};

// One operation, one sequence of commands.

TEST_F(CommandVolumeDelegateTest, DescribesItselfWithoutRunningAnything) {
  const auto description = delegate().describeDelegate(kRequest, kService);
  EXPECT_EQ(description.version, "1.2.3");
  EXPECT_TRUE(description.usesTargets);
  EXPECT_THAT(runner_.lines(), IsEmpty());
}

TEST_F(CommandVolumeDelegateTest, CreatesAVolume) {
  EXPECT_EQ(delegate().createVolume(doing("op-1"), kVolume, kSize, {}), CreateVolumeOutcome::Available);
  EXPECT_THAT(runner_.lines(), ElementsAre("create vol-00000001 5"));
}

TEST_F(CommandVolumeDelegateTest, DeletesAVolume) {
  delegate().deleteVolume(doing("op-1"), kVolume, kSize);
  EXPECT_THAT(runner_.lines(), ElementsAre("wipe vol-00000001", "remove vol-00000001"));
}

TEST_F(CommandVolumeDelegateTest, CreatesAndDeletesASnapshot) {
  delegate().createSnapshot(doing("op-1"), kSnapshot, kVolume, kSize);
  delegate().deleteSnapshot(doing("op-2"), kSnapshot, kVolume, kSize);
  EXPECT_THAT(runner_.lines(), ElementsAre("take vol-00000001 snap-00000001", "drop snap-00000001"));
}

TEST_F(CommandVolumeDelegateTest, ExportsAVolumeAsATarget) {
  EXPECT_EQ(delegate().exportVolume(doing("op-1"), kVolume, kTarget, kHost),
            (VolumeExport{Portal("192.0.2.10:3260"), Lun(1)}));
  EXPECT_THAT(runner_.lines(),
              ElementsAre("target-new 7 iqn.2009-09.org.example:vol-00000001", "lun-new 7 1 vol-00000001"));
}

TEST_F(CommandVolumeDelegateTest, UnexportsAVolume) {
  delegate().unexportVolume(doing("op-1"), kVolume, kTarget, {});
  EXPECT_THAT(runner_.lines(), ElementsAre("lun-delete 7 1", "target-delete 7"));
}

TEST_F(CommandVolumeDelegateTest, ExportsAVolumeToItsHostAlone) {
  writePatterns(std::string(kPatterns) + "target.create.3 = let-in <vmmHostname> <targetId>\n");
  delegate().exportVolume(doing("op-1"), kVolume, kTarget, kHost);
  EXPECT_EQ(runner_.lines().back(), "let-in node1 7");
}

TEST_F(CommandVolumeDelegateTest, UsesTheLunOfThePatternFile) {
  writePatterns(std::string(kPatterns) + "param.lun = 0\n");
  EXPECT_EQ(delegate().exportVolume(doing("op-1"), kVolume, kTarget, kHost).lun, Lun(0));
  EXPECT_THAT(runner_.lines()[1], "lun-new 7 0 vol-00000001");
}

TEST_F(CommandVolumeDelegateTest, AnswersThePortalAndTheLunThatTheCommandsTold) {
  writePatterns(without(kPatterns, {"target."}) +
                "target.create = target-new <targetName>\n"
                "target.create.output = at (?<portal>\\S+) lun (?<lun>\\d+)\n"
                "target.delete = target-delete <targetName>\n");
  runner_.on("target-new", FakeCommandRunner::prints("listens at 192.0.2.11:3261 lun 4\n"));
  EXPECT_EQ(delegate().exportVolume(doing("op-1"), kVolume, kTarget, kHost),
            (VolumeExport{Portal("192.0.2.11:3261"), Lun(4)}));
}

TEST_F(CommandVolumeDelegateTest, RefusesToExportWithoutTheTargetThatThePatternsNeed) {
  expectError(ErrorCode::InvalidParameter, "a target id and a target name are needed",
              [&] { delegate().exportVolume(doing("op-1"), kVolume, std::nullopt, kHost); });
  EXPECT_THAT(runner_.lines(), IsEmpty());
}

TEST_F(CommandVolumeDelegateTest, ExportsNothingWhereTheStackHasNoTargets) {
  writePatterns(without(kPatterns, {"target.", "list.targets"}));
  EXPECT_FALSE(delegate().describeDelegate(kRequest, kService).usesTargets);
  EXPECT_EQ(delegate().exportVolume(doing("op-1"), kVolume, std::nullopt, kHost), VolumeExport{});
  delegate().unexportVolume(doing("op-2"), kVolume, std::nullopt, {});
  delegate().unexportVolume(doing("op-3"), kVolume, kTarget, {});
  EXPECT_THAT(runner_.lines(), IsEmpty());
}

TEST_F(CommandVolumeDelegateTest, HasNothingToUnexportOfAVolumeThatHasNoTarget) {
  delegate().unexportVolume(doing("op-1"), kVolume, std::nullopt, {});
  EXPECT_THAT(runner_.lines(), IsEmpty());
}

TEST_F(CommandVolumeDelegateTest, CutsALostHostOffBeforeItRemovesTheTarget) {
  writePatterns(std::string(kPatterns) +
                "fence = cut-off <vmmHostname> <volumeId> <targetId> <targetName> <lun>\n");
  delegate().unexportVolume(doing("op-1"), kVolume, kTarget, kHost);
  EXPECT_THAT(runner_.lines(),
              ElementsAre("cut-off node1 vol-00000001 7 iqn.2009-09.org.example:vol-00000001 1",
                          "lun-delete 7 1", "target-delete 7"));
}

TEST_F(CommandVolumeDelegateTest, CutsNobodyOffUnlessAHostIsLost) {
  writePatterns(std::string(kPatterns) + "fence = cut-off <vmmHostname>\n");
  delegate().unexportVolume(doing("op-1"), kVolume, kTarget, {});
  EXPECT_THAT(runner_.lines(), ElementsAre("lun-delete 7 1", "target-delete 7"));
}

TEST_F(CommandVolumeDelegateTest, RemovesTheTargetOfALostHostWhereTheStackHasNoFence) {
  delegate().unexportVolume(doing("op-1"), kVolume, kTarget, kHost);
  EXPECT_THAT(runner_.lines(), ElementsAre("lun-delete 7 1", "target-delete 7"));
}

TEST_F(CommandVolumeDelegateTest, CutsALostHostOffWhereTheStackHasNoTargets) {
  writePatterns(without(kPatterns, {"target.", "list.targets"}) +
                "fence = cut-off <vmmHostname> <volumeId>\n");
  delegate().unexportVolume(doing("op-1"), kVolume, std::nullopt, kHost);
  EXPECT_THAT(runner_.lines(), ElementsAre("cut-off node1 vol-00000001"));
}

TEST_F(CommandVolumeDelegateTest, KeepsTheTargetWhenTheHostCannotBeCutOff) {
  writePatterns(std::string(kPatterns) + "fence.1 = look <targetId>\nfence.2 = cut-off <vmmHostname>\n");
  runner_.on("cut-off", FakeCommandRunner::exits(8, "no power switch"));
  const Error error = errorOf([&] { delegate().unexportVolume(doing("op-1"), kVolume, kTarget, kHost); });
  EXPECT_EQ(error.code(), ErrorCode::CommandFailed);
  EXPECT_EQ(error.command()->action, "fence.2");
  EXPECT_THAT(runner_.lines(), ElementsAre("look 7", "cut-off node1"));
}

TEST_F(CommandVolumeDelegateTest, ListsWhatIsThere) {
  runner_.on("list-volumes", FakeCommandRunner::prints("root\nvol-00000002\nvol-00000001\n"));
  runner_.on("list-snapshots", FakeCommandRunner::prints("snap-00000001\n"));
  runner_.on("list-targets", FakeCommandRunner::prints("7 iqn.2009-09.org.example:vol-00000001\n"
                                                       "8 iqn.2009-09.org.example:backup\n"));
  const auto inventory = delegate().inventory(kRequest);
  EXPECT_THAT(inventory.volumes.items, ElementsAre(VolumeServerInventory::Volume{kVolume},
                                                   VolumeServerInventory::Volume{kOtherVolume}));
  EXPECT_THAT(inventory.snapshots.items, ElementsAre(VolumeServerInventory::Snapshot{kSnapshot}));
  ASSERT_EQ(inventory.targets.items.size(), 1U);
  EXPECT_EQ(inventory.targets.items[0].targetId, kTarget.targetId);
  EXPECT_EQ(inventory.targets.items[0].targetName, kTarget.targetName);
  EXPECT_FALSE(inventory.showsWhatTargetsServe);
  EXPECT_THAT(inventory.foreignTargetIds, ElementsAre(TargetId(8)));
}

TEST_F(CommandVolumeDelegateTest, KnowsNothingOfWhatItCannotList) {
  writePatterns(without(kPatterns, {"list.snapshots"}));
  runner_.on("list-volumes", FakeCommandRunner::exits(5, "no such volume group"));
  const auto inventory = delegate().inventory(kRequest);
  EXPECT_EQ(inventory.volumes.state, ListingState::Unknown);
  EXPECT_THAT(inventory.volumes.reason, HasSubstr("no such volume group"));
  EXPECT_EQ(inventory.snapshots.state, ListingState::Unknown);
  EXPECT_THAT(inventory.snapshots.reason, HasSubstr("has no list.snapshots"));
  EXPECT_EQ(inventory.targets.state, ListingState::Complete);
}

TEST_F(CommandVolumeDelegateTest, TellsWhatATargetServesWhereTheListingShowsIt) {
  writePatterns(without(kPatterns, {"list.targets"}) +
                "list.targets = list-targets\n"
                "list.targets.output = ^(?<targetId>\\d+) (?<targetName>\\S+)(?: (?<volumeId>\\S+))?$\n");
  runner_.on("list-targets", FakeCommandRunner::prints("7 iqn.2009-09.org.example:vol-00000001 vol-00000002\n"
                                                       "8 iqn.2009-09.org.example:vol-00000002\n"));
  const auto inventory = delegate().inventory(kRequest);
  EXPECT_TRUE(inventory.showsWhatTargetsServe);
  ASSERT_EQ(inventory.targets.items.size(), 2U);
  EXPECT_EQ(inventory.targets.items[0].volumeId, kOtherVolume);
  EXPECT_EQ(inventory.targets.items[1].volumeId, std::nullopt);
}

TEST_F(CommandVolumeDelegateTest, ListsNoTargetsWhereTheStackHasNone) {
  writePatterns(without(kPatterns, {"target.", "list.targets"}));
  EXPECT_THAT(delegate().inventory(kRequest).targets.items, IsEmpty());
}

TEST_F(CommandVolumeDelegateTest, TellsTheCapacity) {
  runner_.on("df", FakeCommandRunner::prints("total free\n1000 400\n"));
  const Capacity capacity = delegate().capacity(kRequest);
  EXPECT_EQ(capacity.totalBytes, 1000);
  EXPECT_EQ(capacity.freeBytes, 400);
}

TEST_F(CommandVolumeDelegateTest, FollowsThePatternFileAsItChanges) {
  delegate().createVolume(doing("op-1"), kVolume, kSize, {});
  writePatterns(without(kPatterns, {"volume.create "}) + "volume.create = make-it <volumeId>\n");
  delegate().createVolume(doing("op-2"), kVolume, kSize, {});
  EXPECT_THAT(runner_.lines(), ElementsAre("create vol-00000001 5", "make-it vol-00000001"));
}

// Keys that are missing.

struct MissingKey {
  std::string key;
  std::vector<std::string> removed;
  std::function<void(VolumeDelegate&)> call;
};

class MissingKeyTest : public CommandVolumeDelegateTest, public testing::WithParamInterface<MissingKey> {};

TEST_P(MissingKeyTest, IsNamedAndNothingIsRun) {
  writePatterns(without(kPatterns, GetParam().removed));
  const Error error = errorOf([&] { GetParam().call(delegate()); });
  EXPECT_EQ(error.code(), ErrorCode::CommandFailed);
  EXPECT_EQ(error.command()->action, GetParam().key);
  EXPECT_THAT(error.what(), HasSubstr("has no " + GetParam().key));
}

INSTANTIATE_TEST_SUITE_P(
    Keys, MissingKeyTest,
    testing::Values(
        MissingKey{"volume.copy",
                   {"volume.copy", "snapshot."},
                   [](VolumeDelegate& it) { it.createVolume(doing("op-1"), kVolume, kSize, kSnapshot); }},
        MissingKey{"snapshot.create",
                   {"volume.copy", "snapshot."},
                   [](VolumeDelegate& it) { it.createSnapshot(doing("op-1"), kSnapshot, kVolume, kSize); }},
        MissingKey{"snapshot.delete",
                   {"volume.copy", "snapshot."},
                   [](VolumeDelegate& it) { it.deleteSnapshot(doing("op-1"), kSnapshot, kVolume, kSize); }},
        MissingKey{"capacity", {"capacity"}, [](VolumeDelegate& it) { it.capacity(kRequest); }}),
    [](const auto& info) {
      std::string name = info.param.key;
      std::replace(name.begin(), name.end(), '.', '_');
      return name;
    });

// Commands that fail.

struct FailingCommand {
  std::string command;
  std::string key;
  std::string resource;
  std::function<void(VolumeDelegate&)> call;
};

class FailingCommandTest : public CommandVolumeDelegateTest,
                           public testing::WithParamInterface<FailingCommand> {};

TEST_P(FailingCommandTest, EndsTheCallWithAnErrorThatNamesIt) {
  runner_.on("list-volumes", FakeCommandRunner::prints("vol-00000001\n"));
  runner_.on("list-snapshots", FakeCommandRunner::prints("snap-00000001\n"));
  runner_.on(GetParam().command, FakeCommandRunner::exits(5, "it is broken\n"));
  const Error error = errorOf([&] { GetParam().call(delegate()); });
  EXPECT_EQ(error.code(), ErrorCode::CommandFailed);
  EXPECT_EQ(error.resource(), GetParam().resource);
  ASSERT_TRUE(error.command());
  EXPECT_EQ(error.command()->action, GetParam().key);
  EXPECT_EQ(error.command()->exitCode, 5);
  EXPECT_THAT(error.command()->stderrTail, HasSubstr("it is broken"));
  auto lines = runner_.lines();
  const bool looked =
      GetParam().command == "wipe" || GetParam().command == "remove" || GetParam().command == "drop";
  if (looked && !lines.empty() && lines.back().starts_with("list-")) lines.pop_back();
  ASSERT_FALSE(lines.empty());
  EXPECT_THAT(lines.back(), testing::StartsWith(GetParam().command)) << "ran on after a failure";
}

TEST_P(FailingCommandTest, LeavesTheVolumeFreeForTheNextCall) {
  runner_.on(GetParam().command, FakeCommandRunner::exits(5));
  EXPECT_THROW(GetParam().call(delegate()), Error);
  runner_.on(GetParam().command, FakeCommandRunner::exits(0));
  delegate().createVolume(doing("op-2"), kVolume, kSize, {});
}

INSTANTIATE_TEST_SUITE_P(
    Commands, FailingCommandTest,
    testing::Values(
        FailingCommand{"create", "volume.create", "vol-00000001",
                       [](VolumeDelegate& it) { it.createVolume(doing("op-1"), kVolume, kSize, {}); }},
        FailingCommand{"wipe", "volume.delete.1", "vol-00000001",
                       [](VolumeDelegate& it) { it.deleteVolume(doing("op-1"), kVolume, kSize); }},
        FailingCommand{"remove", "volume.delete.2", "vol-00000001",
                       [](VolumeDelegate& it) { it.deleteVolume(doing("op-1"), kVolume, kSize); }},
        FailingCommand{
            "take", "snapshot.create", "snap-00000001",
            [](VolumeDelegate& it) { it.createSnapshot(doing("op-1"), kSnapshot, kVolume, kSize); }},
        FailingCommand{
            "drop", "snapshot.delete", "snap-00000001",
            [](VolumeDelegate& it) { it.deleteSnapshot(doing("op-1"), kSnapshot, kVolume, kSize); }},
        FailingCommand{"target-new", "target.create.1", "vol-00000001",
                       [](VolumeDelegate& it) { it.exportVolume(doing("op-1"), kVolume, kTarget, kHost); }},
        FailingCommand{"lun-new", "target.create.2", "vol-00000001",
                       [](VolumeDelegate& it) { it.exportVolume(doing("op-1"), kVolume, kTarget, kHost); }},
        FailingCommand{"lun-delete", "target.delete.1", "vol-00000001",
                       [](VolumeDelegate& it) { it.unexportVolume(doing("op-1"), kVolume, kTarget, {}); }},
        FailingCommand{"target-delete", "target.delete.2", "vol-00000001",
                       [](VolumeDelegate& it) { it.unexportVolume(doing("op-1"), kVolume, kTarget, {}); }},
        FailingCommand{"df", "capacity", "", [](VolumeDelegate& it) { it.capacity(kRequest); }}),
    [](const auto& info) {
      std::string name = info.param.key;
      std::replace(name.begin(), name.end(), '.', '_');
      return name;
    });

/// What a deletion of the volume, or of the snapshot, that a command refused is told as.
class RefusedDeletionTest : public CommandVolumeDelegateTest {
protected:
  Error errorOfDeletingTheVolume() {
    runner_.on("wipe", FakeCommandRunner::exits(5, "cannot\n"));
    return errorOf([&] { delegate().deleteVolume(doing("op-1"), kVolume, kSize); });
  }
  Error errorOfDeletingTheSnapshot() {
    runner_.on("drop", FakeCommandRunner::exits(5, "cannot\n"));
    return errorOf([&] { delegate().deleteSnapshot(doing("op-1"), kSnapshot, kVolume, kSize); });
  }

  static Error errorOf(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "claims success";
    return {ErrorCode::InternalError, ""};
  }
};

TEST_F(RefusedDeletionTest, ChangesNothingOfWhatIsStillListed) {
  runner_.on("list-volumes", FakeCommandRunner::prints("vol-00000002\nvol-00000001\n"));
  runner_.on("list-snapshots", FakeCommandRunner::prints("snap-00000001\n"));
  EXPECT_EQ(errorOfDeletingTheVolume().effect(), Effect::None);
  EXPECT_EQ(errorOfDeletingTheSnapshot().effect(), Effect::None);
}

TEST_F(RefusedDeletionTest, MayHaveDeletedWhatIsNotListedAnyMore) {
  runner_.on("list-volumes", FakeCommandRunner::prints("vol-00000002\n"));
  const Error volume = errorOfDeletingTheVolume();
  EXPECT_EQ(volume.effect(), Effect::Unknown);
  EXPECT_EQ(volume.command()->exitCode, 5);
  EXPECT_EQ(volume.command()->stderrTail, "cannot");
  EXPECT_THAT(volume.what(), AllOf(HasSubstr("volume.delete.1: wipe "), HasSubstr("exited with 5"),
                                   HasSubstr("not listed any more")));
  EXPECT_EQ(errorOfDeletingTheSnapshot().effect(), Effect::Unknown);
}

TEST_F(RefusedDeletionTest, MayHaveDeletedWhenNothingCanBeListed) {
  runner_.on("list-volumes", FakeCommandRunner::exits(1, "no such group\n"));
  const Error error = errorOfDeletingTheVolume();
  EXPECT_EQ(error.effect(), Effect::Unknown);
  EXPECT_THAT(error.what(), HasSubstr("no such group"));
  runner_.on("list-volumes", FakeCommandRunner::prints("vol-00000001\n"));
  EXPECT_EQ(errorOfDeletingTheVolume().effect(), Effect::None) << "the doubt is over";
}

TEST_F(RefusedDeletionTest, ThatWasAskedForBeforeTellsWhatThatAttemptHasDone) {
  runner_.on("list-volumes", FakeCommandRunner::prints("vol-00000001\n"));
  runner_.on("remove", FakeCommandRunner::exits(5, "in use\n"));
  EXPECT_EQ(errorOf([&] { delegate().deleteVolume(doing("op-1"), kVolume, kSize); }).effect(),
            Effect::Partial)
      << "it is wiped";
  EXPECT_EQ(errorOfDeletingTheVolume().effect(), Effect::Partial) << "it is wiped still";
}

TEST_F(RefusedDeletionTest, ChangesNothingWhereTheStackHasNoListing) {
  writePatterns(without(kPatterns, {"list.volumes"}));
  EXPECT_EQ(errorOfDeletingTheVolume().effect(), Effect::None);
}

TEST_F(RefusedDeletionTest, OfAnotherDelegateChangesNothing) {
  OperationContext misled = doing("op-1");
  misled.delegateId = DelegateId("another");
  const Error error = errorOf([&] { delegate().deleteVolume(misled, kVolume, kSize); });
  EXPECT_EQ(error.code(), ErrorCode::IncorrectState);
  EXPECT_EQ(error.effect(), Effect::None);
}

TEST_F(RefusedDeletionTest, OfAProgramThatIsNotThereChangesNothing) {
  writePatterns(without(kPatterns, {"list.volumes"}));
  runner_.on("wipe", FakeCommandRunner::isMissing());
  EXPECT_EQ(errorOf([&] { delegate().deleteVolume(doing("op-1"), kVolume, kSize); }).effect(), Effect::None);
}

TEST_F(CommandVolumeDelegateTest, SaysThatThereIsNoRoom) {
  runner_.on("create", FakeCommandRunner::exits(5, "no room for 5 GiB\n"));
  EXPECT_EQ(errorOf([&] { delegate().createVolume(doing("op-1"), kVolume, kSize, {}); }).code(),
            ErrorCode::InsufficientCapacity);
}

TEST_F(CommandVolumeDelegateTest, SaysThatACommandTookTooLong) {
  runner_.on("lun-new", FakeCommandRunner::timesOut());
  expectError(ErrorCode::Timeout, "target.create.2",
              [&] { delegate().exportVolume(doing("op-1"), kVolume, kTarget, kHost); });
}

// Volumes from snapshots.

TEST_F(CommandVolumeDelegateTest, CopiesASnapshotInTheBackground) {
  EXPECT_EQ(delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot), CreateVolumeOutcome::Pending);
  EXPECT_THAT(listener_.waitFor(1),
              ElementsAre(FakeVolumeStatusListener::Told{kVolume, VolumeStatus::Available, {}}));
  EXPECT_EQ(copy().state, CopyState::Done);
  EXPECT_THAT(runner_.lines(), ElementsAre("create vol-00000001 5", "copy snap-00000001 vol-00000001"));
}

TEST_F(CommandVolumeDelegateTest, ClonesASnapshotWhereTheStackCan) {
  writePatterns(std::string(kPatterns) + "volume.clone = clone <snapshotId> <volumeId>\n");
  EXPECT_EQ(delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot),
            CreateVolumeOutcome::Available);
  EXPECT_THAT(runner_.lines(), ElementsAre("clone snap-00000001 vol-00000001"));
  EXPECT_EQ(copy().state, CopyState::Unknown);
}

TEST_F(CommandVolumeDelegateTest, StartsNoCopyIntoAVolumeThatCouldNotBeCreated) {
  runner_.on("create", FakeCommandRunner::exits(5));
  EXPECT_THROW(delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot), Error);
  EXPECT_EQ(copy().state, CopyState::Unknown);
  EXPECT_THAT(runner_.lines(), ElementsAre("create vol-00000001 5"));
}

TEST_F(CommandVolumeDelegateTest, TellsThatACopyFailedAndWhy) {
  runner_.on("copy", FakeCommandRunner::exits(1, "bad sector\n"));
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  const auto told = listener_.waitFor(1).at(0);
  EXPECT_EQ(told.status, VolumeStatus::Error);
  EXPECT_THAT(*told.reason, AllOf(HasSubstr("volume.copy"), HasSubstr("bad sector")));
  EXPECT_EQ(copy().state, CopyState::Failed);
  EXPECT_EQ(copy().reason, told.reason);
  EXPECT_THAT(runner_.lines(), ElementsAre("create vol-00000001 5", "copy snap-00000001 vol-00000001"))
      << "the volume stays: the service decides";
}

TEST_F(CommandVolumeDelegateTest, StartsAFailedCopyOver) {
  runner_.on("copy", FakeCommandRunner::exits(1));
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  listener_.waitFor(1);
  runner_.on("copy", FakeCommandRunner::exits(0));
  EXPECT_EQ(delegate().createVolume(doing("op-2"), kVolume, kSize, kSnapshot), CreateVolumeOutcome::Pending);
  EXPECT_EQ(listener_.waitFor(2)[1].status, VolumeStatus::Available);
}

TEST_F(CommandVolumeDelegateTest, NeverCopiesAgainOverAFinishedVolume) {
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  listener_.waitFor(1);
  runner_.forget();
  EXPECT_EQ(delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot),
            CreateVolumeOutcome::Available);
  EXPECT_THAT(runner_.lines(), IsEmpty());
}

TEST_F(GatedVolumeDelegateTest, StartsNothingWhenAskedAgainWhileTheCopyRuns) {
  runner_.on("copy", gate_.answer());
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  gate_.waitUntilReached();
  EXPECT_EQ(delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot), CreateVolumeOutcome::Pending);
  EXPECT_EQ(copy().state, CopyState::Pending);
  EXPECT_THAT(runner_.lines(), ElementsAre("create vol-00000001 5", "copy snap-00000001 vol-00000001"));
}

TEST_F(GatedVolumeDelegateTest, RefusesToMakeAVolumeOfAnotherSnapshotWhileTheCopyRuns) {
  runner_.on("copy", gate_.answer());
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  for (const auto& other : {std::optional(SnapshotId("snap-00000002")), std::optional<SnapshotId>()}) {
    EXPECT_EQ(errorOf([&] { delegate().createVolume(doing("op-2"), kVolume, kSize, other); }).code(),
              ErrorCode::IncorrectState);
  }
}

TEST_F(GatedVolumeDelegateTest, EndsTheCopyBeforeItDeletesTheVolume) {
  runner_.on("copy", gate_.answer());
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  gate_.waitUntilReached();
  delegate().deleteVolume(undoing("op-1"), kVolume, kSize);
  EXPECT_THAT(runner_.lines(), ElementsAre("create vol-00000001 5", "copy snap-00000001 vol-00000001",
                                           "wipe vol-00000001", "remove vol-00000001"));
  EXPECT_EQ(copy().state, CopyState::Unknown);
}

TEST_F(GatedVolumeDelegateTest, DeletesNothingWhileTheCopyWillNotEnd) {
  settings_.patience = 1ms;
  std::latch isReached(1);
  std::latch letGo(1);
  runner_.on("copy", [&](const Command&) {
    isReached.count_down();
    letGo.wait();
    return FakeCommandRunner::exits(1);
  });
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  isReached.wait();
  runner_.forget();
  EXPECT_EQ(errorOf([&] { delegate().deleteVolume(doing("op-2"), kVolume, kSize); }).code(),
            ErrorCode::Timeout);
  EXPECT_THAT(runner_.lines(), IsEmpty());
  letGo.count_down();
  delegate().stop();
}

TEST_F(GatedVolumeDelegateTest, KeepsASnapshotThatIsBeingCopied) {
  runner_.on("copy", gate_.answer());
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  expectError(ErrorCode::IncorrectState, "snap-00000001 is being copied into vol-00000001",
              [&] { delegate().deleteSnapshot(doing("op-2"), kSnapshot, kOtherVolume, kSize); });
  gate_.open();
  listener_.waitFor(1);
  delegate().deleteSnapshot(doing("op-3"), kSnapshot, kOtherVolume, kSize);
}

TEST_F(GatedVolumeDelegateTest, EndsItsCopiesWhenItStops) {
  runner_.on("copy", gate_.answer());
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  gate_.waitUntilReached();
  delegate().stop();
  EXPECT_EQ(copy().state, CopyState::Pending) << "after the restart it is unknown, and started again";
  EXPECT_THAT(listener_.told(), IsEmpty());
}

TEST_F(GatedVolumeDelegateTest, TellsOfAllCopiesWhenNoneIsAskedFor) {
  runner_.on("copy", gate_.answer());
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  ASSERT_EQ(delegate().describeCopies(kRequest, {}).size(), 1U);
  EXPECT_EQ(delegate().describeCopies(kRequest, {})[0].volumeId, kVolume);
  const auto asked = delegate().describeCopies(kRequest, {kOtherVolume, kVolume});
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].state, CopyState::Unknown);
  EXPECT_EQ(asked[1].state, CopyState::Pending);
}

// Calls at the same time, and calls that come too late.

TEST_F(CommandVolumeDelegateTest, WorksOnDifferentVolumesAtTheSameTime) {
  std::latch bothAreThere(2);
  runner_.on("create", [&](const Command&) {
    bothAreThere.arrive_and_wait();
    return FakeCommandRunner::exits(0);
  });
  CommandVolumeDelegate& it = delegate();
  auto other =
      std::async(std::launch::async, [&] { return it.createVolume(doing("op-2"), kOtherVolume, kSize, {}); });
  EXPECT_EQ(it.createVolume(doing("op-1"), kVolume, kSize, {}), CreateVolumeOutcome::Available);
  EXPECT_EQ(other.get(), CreateVolumeOutcome::Available);
}

TEST_F(CommandVolumeDelegateTest, WorksOnOneVolumeOneCallAtATime) {
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  runner_.on("", [&](const Command&) {
    const int now = ++inside;
    if (now > most) most = now;
    std::this_thread::yield();
    --inside;
    return FakeCommandRunner::exits(0);
  });
  CommandVolumeDelegate& it = delegate();
  std::latch start(4);
  const auto together = [&](const std::function<void(int)>& call) {
    return std::async(std::launch::async, [&start, call] {
      start.arrive_and_wait();
      for (int i = 0; i < 50; ++i) call(i);
    });
  };
  const auto context = [](const char* who, int i) { return doing(who + std::to_string(i)); };
  std::vector<std::future<void>> calls;
  calls.push_back(together([&](int i) { it.exportVolume(context("export", i), kVolume, kTarget, kHost); }));
  calls.push_back(together([&](int i) { it.unexportVolume(context("unexport", i), kVolume, kTarget, {}); }));
  calls.push_back(together([&](int i) { it.createSnapshot(context("snap", i), kSnapshot, kVolume, kSize); }));
  calls.push_back(
      together([&](int i) { it.deleteSnapshot(context("unsnap", i), kSnapshot, kVolume, kSize); }));
  for (auto& call : calls) call.get();
  EXPECT_EQ(most, 1);
}

TEST_F(GatedVolumeDelegateTest, GivesUpOnAVolumeThatIsBusyAndSaysWithWhat) {
  settings_.patience = 1ms;
  runner_.on("create", gate_.answer());
  CommandVolumeDelegate& it = delegate();
  auto first = std::async(std::launch::async, [&] { it.createVolume(doing("op-1"), kVolume, kSize, {}); });
  gate_.waitUntilReached();
  expectError(ErrorCode::Timeout, "busy with operation op-1",
              [&] { it.deleteVolume(doing("op-2"), kVolume, kSize); });
  gate_.open();
  first.get();
}

TEST_F(GatedVolumeDelegateTest, UndoesACallOnlyOnceItHasEnded) {
  runner_.on("target-new", gate_.answer());
  CommandVolumeDelegate& it = delegate();
  auto call =
      std::async(std::launch::async, [&] { it.exportVolume(doing("op-1"), kVolume, kTarget, kHost); });
  gate_.waitUntilReached();
  auto undo =
      std::async(std::launch::async, [&] { it.unexportVolume(undoing("op-1"), kVolume, kTarget, {}); });
  gate_.open();
  call.get();
  undo.get();
  EXPECT_THAT(runner_.lines(), ElementsAre("target-new 7 iqn.2009-09.org.example:vol-00000001",
                                           "lun-new 7 1 vol-00000001", "lun-delete 7 1", "target-delete 7"));
}

TEST_F(CommandVolumeDelegateTest, RefusesTheLateCallsOfAnOperationThatIsUndone) {
  delegate().deleteVolume(undoing("op-1"), kVolume, kSize);
  runner_.forget();
  const std::vector<std::function<void()>> lateCalls{
      [&] { delegate().createVolume(doing("op-1"), kVolume, kSize, {}); },
      [&] { delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot); },
      [&] { delegate().deleteVolume(doing("op-1"), kVolume, kSize); },
      [&] { delegate().createSnapshot(doing("op-1"), kSnapshot, kVolume, kSize); },
      [&] { delegate().deleteSnapshot(doing("op-1"), kSnapshot, kVolume, kSize); },
      [&] { delegate().exportVolume(doing("op-1"), kVolume, kTarget, kHost); },
      [&] { delegate().unexportVolume(doing("op-1"), kVolume, kTarget, {}); }};
  for (const auto& call : lateCalls) {
    EXPECT_EQ(errorOf([&] { call(); }).code(), ErrorCode::IncorrectState);
  }
  EXPECT_THAT(runner_.lines(), IsEmpty());
  delegate().createVolume(doing("op-2"), kVolume, kSize, {});
}

TEST_F(CommandVolumeDelegateTest, CanBeAskedTwice) {
  for (int i = 0; i < 2; ++i) {
    delegate().createVolume(doing("op-1"), kVolume, kSize, {});
    delegate().createSnapshot(doing("op-2"), kSnapshot, kVolume, kSize);
    delegate().exportVolume(doing("op-1"), kVolume, kTarget, kHost);
  }
  for (int i = 0; i < 2; ++i) {
    delegate().unexportVolume(undoing("op-1"), kVolume, kTarget, {});
    delegate().deleteSnapshot(undoing("op-2"), kSnapshot, kVolume, kSize);
    delegate().deleteVolume(undoing("op-1"), kVolume, kSize);
  }
  EXPECT_THAT(runner_.lines(), testing::Contains("remove vol-00000001").Times(2));
}

}  // namespace
}  // namespace vbs::volume_delegate
