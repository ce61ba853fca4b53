#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/command/action_runner_fixture.h"

namespace vbs::command {
namespace {

using testing::HasSubstr;

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

}  // namespace
}  // namespace vbs::command
