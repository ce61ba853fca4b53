#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "volume_delegate/command_volume_delegate_fixture.h"

namespace vbs::volume_delegate {
namespace {

using command::Command;
using command::FakeCommandRunner;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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

}  // namespace
}  // namespace vbs::volume_delegate
