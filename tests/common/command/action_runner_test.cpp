#include "common/command/action_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "common/command/expansion.h"
#include "common/model/error.h"
#include "fakes/fake_command_runner.h"

namespace vbs::command {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

class ActionRunnerTest : public testing::Test {
protected:
  ActionOutput run(Action action, const std::string& keys, const ActionRunner::Options& options = {}) {
    const auto checked = CommandFile::parse(keys +
                                                "\nvolume.create.1 = lvcreate -L <sizeGiB>G -n <volumeId>\n"
                                                "volume.create.2 = settle <volumeId>\n"
                                                "volume.delete = lvremove <volumeId>\n",
                                            "f.properties", Host::VolumeServer);
    for (const Diagnostic& fault : checked.faults) ADD_FAILURE() << toString(fault);
    return ActionRunner(runner_).run(*checked.file, action, exampleParameters(), "vol-0a1b2c3d", options);
  }

  Error failure(Action action, const std::string& keys) {
    try {
      run(action, keys);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing failed";
    return {ErrorCode::InternalError, ""};
  }

  FakeCommandRunner runner_;
};

TEST_F(ActionRunnerTest, RunsTheCommandsInOrderWithTheirDeadlines) {
  run(Action::VolumeCreate, "volume.create.2.timeout = 5s");
  EXPECT_THAT(runner_.lines(), ElementsAre("lvcreate -L 5G -n vol-0a1b2c3d", "settle vol-0a1b2c3d"));
  EXPECT_EQ(runner_.commands()[0].timeout, 30s);
  EXPECT_EQ(runner_.commands()[1].timeout, 5s);
}

TEST_F(ActionRunnerTest, SkipsAnActionWithoutAKey) {
  EXPECT_THAT(run(Action::ListVolumes, "").records, IsEmpty());
  EXPECT_THAT(runner_.lines(), IsEmpty());
}

TEST_F(ActionRunnerTest, AFailureEndsTheActionAndTellsAllThatIsKnown) {
  runner_.on("lvcreate", FakeCommandRunner::exits(5, "  warning\n  Volume group \"vbs\" not found\n"));
  const Error error = failure(Action::VolumeCreate, "");
  EXPECT_EQ(error.code(), ErrorCode::CommandFailed);
  EXPECT_EQ(error.resource(), "vol-0a1b2c3d");
  EXPECT_STREQ(error.what(),
               "volume.create.1: lvcreate -L 5G -n vol-0a1b2c3d exited with 5: warning; Volume group \"vbs\" "
               "not found");
  EXPECT_EQ(error.command()->action, "volume.create.1");
  EXPECT_EQ(error.command()->exitCode, 5);
  EXPECT_THAT(error.command()->stderrTail, HasSubstr("warning"));
  EXPECT_EQ(error.effect(), Effect::None);
  EXPECT_EQ(runner_.lines().size(), 1);
}

TEST_F(ActionRunnerTest, ACommandThatFailsAfterAnotherLeavesWhatThatOneDid) {
  runner_.on("settle", FakeCommandRunner::exits(5, "no\n"));
  const Error error = failure(Action::VolumeCreate, "");
  EXPECT_EQ(error.command()->action, "volume.create.2");
  EXPECT_EQ(error.command()->exitCode, 5);
  EXPECT_EQ(error.effect(), Effect::Partial);
}

TEST_F(ActionRunnerTest, ACommandThatRefusedOrNeverBeganHasChangedNothing) {
  const std::string keys = "volume.create.1.no-space-stderr = no room\nvolume.create.1.refuse = taken\n";
  CommandResult stoppedBefore;
  stoppedBefore.stopped = true;
  for (const CommandResult& result :
       {FakeCommandRunner::exits(5, "no\n"), FakeCommandRunner::exits(5, "no room\n"),
        FakeCommandRunner::prints("taken\n"), FakeCommandRunner::isMissing(), stoppedBefore}) {
    runner_.on("lvcreate", result);
    const Error error = failure(Action::VolumeCreate, keys);
    EXPECT_EQ(error.effect(), Effect::None) << error.what();
  }
}

TEST_F(ActionRunnerTest, ACommandThatWasCutOffMayHaveDoneAPart) {
  CommandResult signalled;
  signalled.signal = 11;
  CommandResult stopped;
  stopped.stopped = true;
  stopped.ending = Ending{};
  CommandResult unwatched;
  unwatched.watchError = "Too many open files";
  CommandResult truncated = FakeCommandRunner::prints("x");
  truncated.outTruncated = true;
  for (const CommandResult& result :
       {signalled, stopped, unwatched, truncated, FakeCommandRunner::timesOut()}) {
    runner_.on("lvcreate", result);
    const Error error = failure(Action::VolumeCreate, "volume.create.1.refuse = taken");
    EXPECT_EQ(error.effect(), Effect::Partial) << error.what();
  }
}

TEST_F(ActionRunnerTest, AValueThatIsMissingLaterLeavesWhatTheCommandsBeforeDid) {
  const std::string keys =
      "target.create.1 = map\ntarget.create.1.output = ^dev=(?<dev>.+)\n"
      "target.create.2 = serve <dev>\ntarget.delete = x";
  EXPECT_EQ(failure(Action::TargetCreate, keys).effect(), Effect::Partial);
  runner_.on("map", FakeCommandRunner::prints("dev=--evil\n"));
  EXPECT_EQ(failure(Action::TargetCreate, keys).effect(), Effect::Partial);
}

TEST_F(ActionRunnerTest, AnAllowedExitCodeCountsAsDone) {
  runner_.on("lvcreate", FakeCommandRunner::exits(15, "exists"));
  run(Action::VolumeCreate, "volume.create.1.ok-exit = 15");
  EXPECT_EQ(runner_.lines().size(), 2);
}

TEST_F(ActionRunnerTest, AnAllowedMessageCountsAsDone) {
  runner_.on("lvcreate",
             FakeCommandRunner::exits(5, "Logical Volume \"x\" already exists in volume group\n"));
  run(Action::VolumeCreate, "volume.create.1.ok-stderr = already exists");
  EXPECT_EQ(runner_.lines().size(), 2);
  EXPECT_EQ(failure(Action::VolumeCreate, "volume.create.1.ok-stderr = something else").code(),
            ErrorCode::CommandFailed);
}

TEST_F(ActionRunnerTest, AMessageOnStdoutIsReadWhereStderrIsEmpty) {
  runner_.on("lvcreate", FakeCommandRunner::exits(1, "", "This Target already exists in configFS\n"));
  run(Action::VolumeCreate, "volume.create.1.ok-stderr = already exists");
  EXPECT_EQ(runner_.lines().size(), 2);
}

TEST_F(ActionRunnerTest, AnAllowedMessageDoesNotExcuseADeadlineOrASignal) {
  CommandResult late = FakeCommandRunner::timesOut();
  late.err = "already exists\n";
  runner_.on("lvcreate", late);
  const Error error = failure(Action::VolumeCreate, "volume.create.ok-stderr = already exists");
  EXPECT_EQ(error.code(), ErrorCode::Timeout);
  EXPECT_STREQ(error.what(),
               "volume.create.1: lvcreate -L 5G -n vol-0a1b2c3d did not end within 30s: already exists");

  CommandResult killed;
  killed.signal = 9;
  killed.err = "already exists\n";
  runner_.on("lvcreate", killed);
  EXPECT_STREQ(
      failure(Action::VolumeCreate, "volume.create.ok-stderr = already exists").what(),
      "volume.create.1: lvcreate -L 5G -n vol-0a1b2c3d was ended by signal 9 (Killed): already exists");
}

TEST_F(ActionRunnerTest, ACommandIsNamedByItsLineAndNotByTheProgramThatStartsIt) {
  runner_.on("flock", FakeCommandRunner::exits(1, "no such target\n"));
  const Error error = failure(Action::TargetCreate,
                              "target.create = flock --close /lock targetcli create <targetId>\n"
                              "target.delete = x");
  EXPECT_THAT(error.what(),
              testing::MatchesRegex("target.create: flock --close /lock targetcli create [0-9]+ "
                                    "exited with 1: no such target"));
}

TEST_F(ActionRunnerTest, NoSpaceIsInsufficientCapacity) {
  runner_.on("lvcreate", FakeCommandRunner::exits(5, "Volume group \"vbs\" has insufficient free space\n"));
  EXPECT_EQ(failure(Action::VolumeCreate, "volume.create.no-space-stderr = insufficient free space").code(),
            ErrorCode::InsufficientCapacity);
}

TEST_F(ActionRunnerTest, AProgramThatIsNotThereIsNamed) {
  CommandResult missing;
  missing.startError = "No such file or directory";
  runner_.on("lvcreate", missing);
  EXPECT_STREQ(failure(Action::VolumeCreate, "").what(),
               "volume.create.1: lvcreate: No such file or directory");
}

TEST_F(ActionRunnerTest, AStoppedCommandIsAFailure) {
  CommandResult stopped;
  stopped.stopped = true;
  runner_.on("lvcreate", stopped);
  EXPECT_STREQ(failure(Action::VolumeCreate, "").what(),
               "volume.create.1: lvcreate -L 5G -n vol-0a1b2c3d was stopped");
}

TEST_F(ActionRunnerTest, ItIsToldWhichSignalEndedACommandAndHowSoon) {
  CommandResult tidied = FakeCommandRunner::timesOut();
  tidied.ending = Ending{.killed = false, .after = std::chrono::milliseconds(240)};
  runner_.on("lvcreate", tidied);
  EXPECT_THAT(failure(Action::VolumeCreate, "").what(),
              HasSubstr("did not end within 30s; SIGTERM ended it 0.2 s later"));

  CommandResult deaf;
  deaf.stopped = true;
  deaf.ending = Ending{.killed = true, .after = std::chrono::milliseconds(5003)};
  runner_.on("lvcreate", deaf);
  EXPECT_THAT(failure(Action::VolumeCreate, "").what(),
              HasSubstr("was stopped; SIGTERM did not end it, SIGKILL did 5.0 s later"));
}

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

TEST_F(ActionRunnerTest, AnActionIsDoneWhenWhatItWouldRemoveIsNotThere) {
  const std::string keys =
      "target.create = x\ntarget.delete.1 = show\ntarget.delete.1.done-unless = Target <targetId>: "
      "<targetName>\n"
      "target.delete.2 = remove <targetId>";
  runner_.on("show", FakeCommandRunner::prints("Target 7: iqn.2009-09.org.vbs:another\n"));
  run(Action::TargetDelete, keys);
  EXPECT_THAT(runner_.lines(), ElementsAre("show"));
  runner_.on("show", FakeCommandRunner::prints("Target 7: iqn.2009-09.org.vbs:vol-0a1b2c3d\n"));
  run(Action::TargetDelete, keys);
  EXPECT_THAT(runner_.lines(), ElementsAre("show", "show", "remove 7"));
}

TEST_F(ActionRunnerTest, ARefusedCommandIsRunAgainForAsLongAsTheFileSays) {
  int attempts = 0;
  runner_.on("lvremove", [&](const Command&) {
    return ++attempts < 3 ? FakeCommandRunner::exits(5, "in use\n") : FakeCommandRunner::exits(0);
  });
  run(Action::VolumeDelete, "volume.delete.retry = 1h");
  EXPECT_EQ(attempts, 3);
  runner_.on("lvremove", FakeCommandRunner::exits(5, "in use\n"));
  EXPECT_EQ(failure(Action::VolumeDelete, "volume.delete.retry = 1ms").code(), ErrorCode::CommandFailed);
}

TEST_F(ActionRunnerTest, ADeadlineOrAMissingProgramIsNotTriedAgain) {
  runner_.on("lvremove", FakeCommandRunner::timesOut());
  EXPECT_EQ(failure(Action::VolumeDelete, "volume.delete.retry = 1h").code(), ErrorCode::Timeout);
  EXPECT_EQ(runner_.lines().size(), 1);
}

TEST_F(ActionRunnerTest, AStopEndsTheAttempts) {
  std::stop_source source;
  runner_.on("lvremove", [&](const Command&) {
    source.request_stop();
    return FakeCommandRunner::exits(5);
  });
  EXPECT_THROW(run(Action::VolumeDelete, "volume.delete.retry = 1h",
                   {.stop = source.get_token(), .onProgress = {}, .logContext = {}}),
               Error);
  EXPECT_EQ(runner_.lines().size(), 1);
}

TEST_F(ActionRunnerTest, PassesTheStopTokenOn) {
  std::stop_source source;
  run(Action::VolumeDelete, "", {.stop = source.get_token(), .onProgress = {}, .logContext = {}});
  source.request_stop();
  EXPECT_TRUE(runner_.commands()[0].stop.stop_requested());
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

TEST_F(ActionRunnerTest, AnActionTellsThatWhatItWasToDoWasSoAlready) {
  EXPECT_FALSE(run(Action::VolumeCreate, "").wasAlreadySo);
  runner_.on("lvcreate", FakeCommandRunner::exits(15, "exists"));
  EXPECT_TRUE(run(Action::VolumeCreate, "volume.create.1.ok-exit = 15").wasAlreadySo);
  EXPECT_TRUE(run(Action::VolumeCreate, "volume.create.1.ok-stderr = exists").wasAlreadySo);
  EXPECT_TRUE(run(Action::VolumeDelete, "volume.delete.done-unless = there").wasAlreadySo);
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

TEST_F(ActionRunnerTest, NothingIsRunWhenALaterCommandLacksAValue) {
  const auto checked = CommandFile::parse(
      "volume.create.1 = a\nvolume.create.2 = b <sizeGiB>\nvolume.delete = c\n", "f", Host::VolumeServer);
  EXPECT_THROW(ActionRunner(runner_).run(*checked.file, Action::VolumeCreate, {}, ""), Error);
  EXPECT_THAT(runner_.lines(), IsEmpty());
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

TEST_F(ActionRunnerTest, SecretsAreMaskedInErrorsAndLogs) {
  std::ostringstream text;
  const auto before = spdlog::default_logger();
  auto logger =
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text));
  logger->set_level(spdlog::level::debug);
  spdlog::set_default_logger(logger);
  runner_.on("fence", FakeCommandRunner::exits(1, "cannot log in with hunter2\n"));
  std::string message;
  std::string tail;
  try {
    run(Action::Fence, "param.bmcPassword = hunter2\nfence = fence --password=<bmcPassword>",
        {.stop = {}, .onProgress = {}, .logContext = "request=r1 operation=o1"});
  } catch (const Error& error) {
    message = error.what();
    tail = error.command()->stderrTail;
  }
  run(Action::VolumeDelete, "");
  spdlog::set_default_logger(before);
  EXPECT_EQ(message, "fence: fence '--password=***' exited with 1: cannot log in with ***");
  EXPECT_EQ(tail, "cannot log in with ***");
  EXPECT_THAT(text.str(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(text.str(), HasSubstr("[warning] request=r1 operation=o1 fence: fence '--password=***' exited "
                                    "with 1: cannot log in with *** ("));
  EXPECT_THAT(text.str(), HasSubstr("[debug] volume.delete: lvremove vol-0a1b2c3d exited with 0 ("));
}

}  // namespace
}  // namespace vbs::command
