#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/command/action_runner_fixture.h"

namespace vbs::command {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST_F(ActionRunnerTest, WhatACommandPrintsMayBeExpectedOrRefused) {
  runner_.on("settle", FakeCommandRunner::prints("Target 7: vol-0a1b2c3d\n"));
  run(Action::VolumeCreate, "volume.create.2.expect = : <volumeId>");
  run(Action::VolumeCreate, "volume.create.2.refuse = : vol-00000000");
  EXPECT_STREQ(failure(Action::VolumeCreate, "volume.create.2.expect = Target 8: <volumeId>").what(),
               "volume.create.2: settle vol-0a1b2c3d did not print \"Target 8: vol-0a1b2c3d\"");
  EXPECT_STREQ(failure(Action::VolumeCreate, "volume.create.2.refuse = : <volumeId>").what(),
               "volume.create.2: settle vol-0a1b2c3d printed \": vol-0a1b2c3d\"");
}

TEST_F(ActionRunnerTest, WhatIsLookedForMayHaveToBeginOrEndALine) {
  runner_.on("settle",
             FakeCommandRunner::prints("Target 17: vol-0a1b2c3d-old\nTarget 8: vol-0a1b2c3d\r\nlast"));
  for (const char* there :
       {"^Target 8: <volumeId>$", "^Target 17: <volumeId>", ": <volumeId>$", "^last$", "t 8"})
    run(Action::VolumeCreate, std::string("volume.create.2.expect = ") + there);
  for (const char* absent : {"^Target 17: <volumeId>$", "^7: <volumeId>", "^last $", "las$", "^ast$"})
    run(Action::VolumeCreate, std::string("volume.create.2.refuse = ") + absent);
}

TEST_F(ActionRunnerTest, HalfAnOutputProvesNothing) {
  CommandResult result = FakeCommandRunner::prints("vol-0a1b2c3d\n");
  result.outTruncated = true;
  runner_.on("settle", result);
  for (const char* property : {"expect", "refuse", "done-unless"}) {
    EXPECT_THAT(failure(Action::VolumeCreate, std::string("volume.create.2.") + property + " = x").what(),
                HasSubstr("more than can be kept"));
  }
}

TEST_F(ActionRunnerTest, ListingsGiveARecordForEachMatchingLine) {
  runner_.on("tgtadm", FakeCommandRunner::prints("Target 1: iqn.a\r\n    LUN: 1\nTarget 2: iqn.b"));
  const auto records =
      run(Action::ListTargets,
          "list.targets = tgtadm\nlist.targets.output = ^Target (?<targetId>\\d+): (?<targetName>\\S+)")
          .records;
  EXPECT_THAT(records, ElementsAre(ElementsAre(Pair("targetId", "1"), Pair("targetName", "iqn.a")),
                                   ElementsAre(Pair("targetId", "2"), Pair("targetName", "iqn.b"))));
}

TEST_F(ActionRunnerTest, ALineThatNeitherOutputNorIgnoreKnowsIsStrange) {
  const std::string keys =
      "list.volumes = lvs\nlist.volumes.output = ^ *(?<volumeId>vol-\\S+)$\nlist.volumes.ignore = ^ *LV$";
  runner_.on("lvs",
             FakeCommandRunner::prints("  LV\n  vol-0a1b2c3d\n \t\n  root-\x01\n" + std::string(200, 'x')));
  const ActionOutput output = run(Action::ListVolumes, keys);
  EXPECT_THAT(output.records, ElementsAre(ElementsAre(Pair("volumeId", "vol-0a1b2c3d"))));
  EXPECT_EQ(output.strangeLines, 2);
  EXPECT_EQ(output.firstStrangeLine, "  root-?");

  runner_.on("lvs", FakeCommandRunner::prints(std::string(200, 'x')));
  EXPECT_EQ(run(Action::ListVolumes, keys).firstStrangeLine.size(), 120);
  runner_.on("lvs", FakeCommandRunner::prints("  LV\n  vol-0a1b2c3d\n"));
  EXPECT_EQ(run(Action::ListVolumes, keys).strangeLines, 0);
}

TEST_F(ActionRunnerTest, AnExcusedComplaintOnStdoutIsNotStrange) {
  const std::string keys =
      "list.targets = ls\nlist.targets.output = (?<targetName>iqn\\S+)\nlist.targets.ok-stderr = No such";
  runner_.on("ls", FakeCommandRunner::exits(1, "", "No such path\n"));
  EXPECT_EQ(run(Action::ListTargets, keys).strangeLines, 0);
  runner_.on("ls", FakeCommandRunner::prints("No such path\n"));
  EXPECT_EQ(run(Action::ListTargets, keys).strangeLines, 1);
}

TEST_F(ActionRunnerTest, ARecordMaySpanLines) {
  runner_.on("tgtadm", FakeCommandRunner::prints("Header\n"
                                                 "Target 1: iqn.a\n    Path: /dev/vol-0a1b2c3d\n"
                                                 "Target 2: iqn.b\n    Path: None\n"
                                                 "Target x\n    Path: /dev/vol-11111111\n"));
  const ActionOutput output = run(Action::ListTargets,
                                  "list.targets = tgtadm\nlist.targets.record = ^Target \n"
                                  "list.targets.ignore = ^Header$\n"
                                  "list.targets.output = ^Target (?<targetId>\\d+): (?<targetName>\\S+)"
                                  "(?:[\\s\\S]*?(?<volumeId>vol-[0-9a-f]+))?");
  EXPECT_THAT(output.records, ElementsAre(ElementsAre(Pair("targetId", "1"), Pair("targetName", "iqn.a"),
                                                      Pair("volumeId", "vol-0a1b2c3d")),
                                          ElementsAre(Pair("targetId", "2"), Pair("targetName", "iqn.b"))));
  EXPECT_EQ(output.strangeLines, 1);
  EXPECT_EQ(output.firstStrangeLine, "Target x");
}

TEST_F(ActionRunnerTest, ATruncatedListingIsAFailure) {
  CommandResult result = FakeCommandRunner::prints("vol-0a1b2c3d\n");
  result.outTruncated = true;
  runner_.on("lvs", result);
  EXPECT_THAT(
      failure(Action::ListVolumes, "list.volumes = lvs\nlist.volumes.output = (?<volumeId>.+)").what(),
      HasSubstr("too long to be kept"));
}

TEST_F(ActionRunnerTest, CapturedGroupsReachLaterCommandsAndTheCaller) {
  runner_.on("map", FakeCommandRunner::prints("/dev/rbd3\n"));
  const ActionOutput output =
      run(Action::TargetCreate,
          "target.create.1 = map <volumeId>\ntarget.create.1.output = ^(?<rbdDev>/\\S+)\n"
          "target.create.2 = serve <rbdDev>\ntarget.delete = x");
  EXPECT_THAT(runner_.lines(), ElementsAre("map vol-0a1b2c3d", "serve /dev/rbd3"));
  EXPECT_EQ(*output.captured.find("rbdDev"), "/dev/rbd3");
}

TEST_F(ActionRunnerTest, ACapturedValueThatBreaksARuleIsTheCommandsFailure) {
  runner_.on("map", FakeCommandRunner::prints("--evil\n"));
  const Error error = failure(Action::TargetCreate,
                              "target.create.1 = map\ntarget.create.1.output = (?<dev>.+)\n"
                              "target.create.2 = serve <dev>\ntarget.delete = x");
  EXPECT_EQ(error.code(), ErrorCode::CommandFailed);
  EXPECT_EQ(runner_.lines().size(), 1);
}

TEST_F(ActionRunnerTest, AGroupThatNothingPrintedIsNamed) {
  EXPECT_THAT(failure(Action::TargetCreate,
                      "target.create.1 = map\ntarget.create.1.output = (?<dev>.+)\n"
                      "target.create.2 = serve <dev>\ntarget.delete = x")
                  .what(),
              HasSubstr("target.create.2: no value for <dev>: no earlier command's output had it"));
}

TEST_F(ActionRunnerTest, ReportsTheProgressOfACopy) {
  runner_.on("dd", [](const Command& command) {
    command.onStderr("1073741824 bytes copied\r");
    command.onStderr("5368709120 bytes copied\n");
    return FakeCommandRunner::exits(0);
  });
  std::vector<int> percents;
  run(Action::VolumeCopy, "volume.copy = dd\nvolume.copy.progress = ^(?<copiedBytes>\\d+) bytes",
      {.stop = {}, .onProgress = [&](int percent) { percents.push_back(percent); }, .logContext = {}});
  EXPECT_THAT(percents, ElementsAre(20, 100));
}

}  // namespace
}  // namespace vbs::command
