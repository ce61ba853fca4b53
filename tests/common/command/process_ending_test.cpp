#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "common/command/process_runner_fixture.h"

namespace vbs::command {
namespace {

using namespace std::chrono_literals;

TEST_F(ProcessRunnerTest, TheDeadlineEndsTheWholeGroup) {
  const CommandResult result = runner_.run(shell("sleep 3600 & echo $!; wait", 300ms));
  EXPECT_TRUE(result.timedOut);
  EXPECT_EQ(result.exitCode, std::nullopt);
  EXPECT_EQ(result.signal, std::nullopt);
  ASSERT_NE(result.out, "");
  EXPECT_TRUE(hasEnded(std::stoi(result.out)));
}

TEST_F(ProcessRunnerTest, TheDeadlineHoldsWhileOutputKeepsComing) {
  const CommandResult result = runner_.run(shell("while :; do echo x; echo y >&2; done", 300ms));
  EXPECT_TRUE(result.timedOut);
  EXPECT_EQ(result.exitCode, std::nullopt);
}

/// A command that says on stderr when it is to be stopped, and is stopped then.
CommandResult stopWhenReady(ProcessRunner& runner, const std::string& script) {
  std::stop_source source;
  Command ready = shell(script);
  ready.stop = source.get_token();
  ready.onStderr = [&](std::string_view) { source.request_stop(); };
  CommandResult result = runner.run(ready);
  EXPECT_TRUE(result.stopped);
  EXPECT_TRUE(result.ending.has_value());
  if (!result.ending) result.ending = Ending{};
  return result;
}

const ProcessRunner::Options kPatient{.killGrace = 1h};
const std::string kTidiesUp = "trap 'echo tidied; exit' TERM; echo ready >&2; while :; do sleep 0.01; done";

TEST_F(ProcessRunnerTest, ACommandThatIsStoppedMayTidyUp) {
  ProcessRunner runner(kPatient);
  const CommandResult result = stopWhenReady(runner, kTidiesUp);
  EXPECT_EQ(result.out, "tidied\n");
  EXPECT_FALSE(result.ending->killed);
  EXPECT_EQ(result.exitCode, std::nullopt);
}

TEST_F(ProcessRunnerTest, TheDeadlineAsksACommandToEnd) {
  ProcessRunner runner(kPatient);
  const CommandResult result = runner.run(command({"sleep", "3600"}, 50ms));
  EXPECT_TRUE(result.timedOut);
  EXPECT_FALSE(result.ending.value_or(Ending{.killed = true}).killed);
}

TEST_F(ProcessRunnerTest, AToolMayTidyUpThoughWhatStartedItHasEnded) {
  ProcessRunner runner(kPatient);
  // As flock(1) and env(1) do it: SIGTERM ends the leader of the group at once.
  const CommandResult result = stopWhenReady(runner, "sh -c \"" + kTidiesUp + "\" & wait");
  EXPECT_EQ(result.out, "tidied\n");
  EXPECT_FALSE(result.ending->killed);
}

TEST_F(ProcessRunnerTest, WhatACommandLeavesBehindMayTidyUp) {
  ProcessRunner runner(kPatient);
  const CommandResult result = runner.run(shell(
      "mkfifo " + (directory_ / "f").string() + "; cd " + directory_.string() +
      "; sh -c \"trap 'echo tidied; exit' TERM; echo > f; while :; do sleep 0.01; done\" & read x < f"));
  EXPECT_EQ(result.exitCode, 0);
  EXPECT_EQ(result.out, "tidied\n");
}

TEST_F(ProcessRunnerTest, ACommandThatIgnoresSigtermIsKilledWhenItsGraceIsOver) {
  ProcessRunner runner({.killGrace = 50ms});
  const CommandResult result =
      stopWhenReady(runner, "trap '' TERM; echo ready >&2; while :; do sleep 0.01; done");
  EXPECT_TRUE(result.ending->killed);
  EXPECT_GE(result.ending->after, 50ms);
}

TEST_F(ProcessRunnerTest, AToolThatIgnoresSigtermIsKilledThoughWhatStartedItHasEnded) {
  ProcessRunner runner({.killGrace = 50ms});
  const CommandResult result =
      stopWhenReady(runner, "sh -c 'trap \"\" TERM; echo $$; echo ready >&2; exec sleep 3600' & wait");
  EXPECT_TRUE(result.ending->killed);
  EXPECT_TRUE(hasEnded(std::stoi(result.out)));
}

TEST_F(ProcessRunnerTest, ACommandThatStandsStillIsEndedBySigterm) {
  ProcessRunner runner(kPatient);
  EXPECT_FALSE(stopWhenReady(runner, "echo ready >&2; kill -STOP $$").ending->killed);
}

TEST_F(ProcessRunnerTest, NoCommandOutlivesTheProgramsEnd) {
  ProcessRunner runner(kPatient);
  Command deaf = shell("trap '' TERM; echo ready >&2; while :; do sleep 0.01; done");
  deaf.onStderr = [&](std::string_view) { runner.endBy(ProcessRunner::Clock::now() + 50ms); };
  const CommandResult result = runner.run(deaf);
  EXPECT_TRUE(result.stopped);
  EXPECT_TRUE(result.ending.value_or(Ending{}).killed);
  EXPECT_TRUE(runner.run(command({"true"})).stopped);
}

TEST_F(ProcessRunnerTest, ACommandGetsItsWholeGraceBeforeTheProgramsEnd) {
  ProcessRunner runner({.killGrace = 1h});
  Command tidy = shell(kTidiesUp);
  tidy.onStderr = [&](std::string_view) { runner.endBy(ProcessRunner::Clock::now() + 1h); };
  const CommandResult result = runner.run(tidy);
  EXPECT_TRUE(result.stopped);
  EXPECT_EQ(result.out, "tidied\n");
}

TEST_F(ProcessRunnerTest, ACommandWithTimeLeftGoesOnWhenTheProgramIsToEnd) {
  ProcessRunner runner({.killGrace = 1ms});
  Command quick = shell("echo ready >&2; exit 4");
  quick.onStderr = [&](std::string_view) { runner.endBy(ProcessRunner::Clock::now() + 1h); };
  EXPECT_EQ(runner.run(quick).exitCode, 4);
}

TEST_F(ProcessRunnerTest, AProcessThatIsLeftBehindWithTheOutputOpenIsEnded) {
  const CommandResult result = runner_.run(shell("sleep 3600 & echo $!"));
  EXPECT_EQ(result.exitCode, 0);
  ASSERT_NE(result.out, "");
  EXPECT_TRUE(hasEnded(std::stoi(result.out)));
}

TEST_F(ProcessRunnerTest, AProcessThatIsLeftBehindWithoutTheOutputIsEnded) {
  const CommandResult result = runner_.run(shell("sleep 3600 >/dev/null 2>&1 & echo $!"));
  EXPECT_EQ(result.exitCode, 0);
  EXPECT_TRUE(hasEnded(std::stoi(result.out)));
}

TEST_F(ProcessRunnerTest, ADaemonThatACommandStartsLivesOn) {
  const CommandResult result =
      runner_.run(shell("setsid -f sh -c 'echo $$; exec sleep 3600 >/dev/null 2>&1'"));
  EXPECT_EQ(result.exitCode, 0);
  ASSERT_NE(result.out, "");
  const pid_t daemon = std::stoi(result.out);
  EXPECT_EQ(::kill(daemon, 0), 0);
  ::kill(daemon, SIGKILL);
  EXPECT_TRUE(hasEnded(daemon));
}

TEST_F(ProcessRunnerTest, NothingIsStartedAfterAStop) {
  std::stop_source source;
  source.request_stop();
  const auto file = directory_ / "started";
  Command late = command({"touch", file.string()});
  late.stop = source.get_token();
  EXPECT_TRUE(runner_.run(late).stopped);
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(ProcessRunnerTest, AStopEndsTheGroup) {
  std::stop_source source;
  Command endless = shell("sleep 3600 & echo $! >&2; wait");
  endless.stop = source.get_token();
  std::string pid;
  endless.onStderr = [&](std::string_view text) {
    pid += text;
    source.request_stop();
  };
  const CommandResult result = runner_.run(endless);
  EXPECT_TRUE(result.stopped);
  EXPECT_FALSE(result.timedOut);
  EXPECT_EQ(result.exitCode, std::nullopt);
  EXPECT_TRUE(hasEnded(std::stoi(pid)));
}

TEST_F(ProcessRunnerTest, AStopFromAnotherThreadEndsTheCommand) {
  std::stop_source source;
  Command endless = shell("echo begun >&2; sleep 3600");
  endless.stop = source.get_token();
  std::atomic<bool> begun = false;
  endless.onStderr = [&](std::string_view) {
    begun = true;
    begun.notify_all();
  };
  std::thread stopper([&] {
    begun.wait(false);
    source.request_stop();
  });
  EXPECT_TRUE(runner_.run(endless).stopped);
  stopper.join();
}

TEST_F(ProcessRunnerTest, AListenerThatThrowsLeavesNoProcess) {
  Command talking = shell("echo $$ >&2; sleep 3600");
  pid_t pid = 0;
  talking.onStderr = [&](std::string_view text) {
    pid = std::stoi(std::string(text));
    throw std::logic_error("no");
  };
  EXPECT_THROW(runner_.run(talking), std::logic_error);
  EXPECT_TRUE(hasEnded(pid));
}

TEST_F(ProcessRunnerTest, ACommandDiesWithTheProgramThatRunsIt) {
  const auto fifo = directory_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const pid_t delegate = ::fork();
  if (delegate == 0) {
    ProcessRunner().run(shell("echo $$ > " + fifo.string() + "; exec sleep 3600"));
    ::_exit(0);
  }
  pid_t sleeper = 0;
  std::ifstream(fifo) >> sleeper;
  ASSERT_GT(sleeper, 0);
  ::kill(delegate, SIGKILL);
  ASSERT_EQ(::waitpid(delegate, nullptr, 0), delegate);
  EXPECT_TRUE(hasEnded(sleeper));
}

}  // namespace
}  // namespace vbs::command
