#include "common/command/process_runner.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "common/process/inherited_state.h"
#include "common/system/descriptor.h"

namespace vbs::command {
namespace {

using system::Descriptor;

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::StartsWith;

Command command(std::vector<std::string> argv, std::chrono::milliseconds timeout = 60s) {
  return {.argv = std::move(argv), .timeout = timeout, .stop = {}, .onStderr = {}};
}

Command shell(const std::string& script, std::chrono::milliseconds timeout = 60s) {
  return command({"sh", "-c", script}, timeout);
}

/// True once the process is gone or a zombie that somebody else has to wait for.
bool hasEnded(pid_t pid) {
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.isOpen()) return errno == ESRCH;
  pollfd ended{process.get(), POLLIN, 0};
  return ::poll(&ended, 1, 60'000) == 1;
}

bool hasNoChild() {
  return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD;
}

class ProcessRunnerTest : public testing::Test {  // NOLINT(cppcoreguidelines-virtual-class-destructor)
protected:
  ProcessRunnerTest() {
    std::string pattern = testing::TempDir() + "vbs-runner-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  /// Whatever a test does, no child may be left, running or as a zombie.
  ~ProcessRunnerTest() override {
    EXPECT_TRUE(hasNoChild());
    std::filesystem::remove_all(directory_);
  }

  std::string script(const std::string& name, const std::string& text, mode_t mode = 0755) {
    const auto path = directory_ / name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path.string();
  }

  ProcessRunner runner_;
  std::filesystem::path directory_;
};

TEST_F(ProcessRunnerTest, TellsExitCodeAndBothOutputs) {
  const CommandResult result = runner_.run(shell("echo out; echo err >&2; exit 7"));
  EXPECT_EQ(result.exitCode, 7);
  EXPECT_EQ(result.signal, std::nullopt);
  EXPECT_EQ(result.startError, std::nullopt);
  EXPECT_FALSE(result.timedOut || result.stopped || result.outTruncated);
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
}

TEST_F(ProcessRunnerTest, TellsTheSignalThatEndedACommand) {
  const CommandResult result = runner_.run(shell("kill -SEGV $$"));
  EXPECT_EQ(result.exitCode, std::nullopt);
  EXPECT_EQ(result.signal, SIGSEGV);
}

TEST_F(ProcessRunnerTest, PassesArgumentsAsTheyAre) {
  EXPECT_EQ(runner_.run(command({"printf", "[%s]", "a b", "", "*", "$HOME", "'", "\"", "\n", "-x"})).out,
            "[a b][][*][$HOME]['][\"][\n][-x]");
}

TEST_F(ProcessRunnerTest, CallsAProgramByTheNameInItsPattern) {
  EXPECT_EQ(runner_.run(command({"sh", "-c", "echo $0"})).out, "sh\n");
  EXPECT_EQ(runner_.run(command({"/bin/sh", "-c", "echo $0"})).out, "/bin/sh\n");
}

TEST_F(ProcessRunnerTest, GivesAFixedEnvironment) {
  ::setenv("VBS_TEST_LEAK", "1", 1);
  const std::string out = runner_.run(command({"env"})).out;
  ::unsetenv("VBS_TEST_LEAK");
  std::set<std::string> lines;
  std::istringstream stream(out);
  for (std::string line; std::getline(stream, line);) lines.insert(line);
  EXPECT_THAT(lines,
              ElementsAre("LC_ALL=C", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
}

TEST_F(ProcessRunnerTest, SearchesItsToolDirectoriesFirst) {
  script("env", "#!/bin/sh\necho ours $PATH\n");
  ProcessRunner runner({.toolDirectories = {directory_}});
  EXPECT_EQ(
      runner.run(command({"env"})).out,
      "ours " + directory_.string() + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n");
}

TEST_F(ProcessRunnerTest, GivesAnEmptyInput) {
  const CommandResult result = runner_.run(command({"cat"}));
  EXPECT_EQ(result.exitCode, 0);
  EXPECT_EQ(result.out, "");
}

TEST_F(ProcessRunnerTest, PassesNoDescriptorOn) {
  const Descriptor listener(::socket(AF_INET, SOCK_STREAM, 0));  // without CLOEXEC
  ASSERT_TRUE(listener.isOpen());
  const Descriptor high(::fcntl(listener.get(), F_DUPFD, 500));
  ASSERT_TRUE(high.isOpen());
  // ls itself opens the directory, as 3.
  EXPECT_EQ(runner_.run(command({"ls", "/proc/self/fd"})).out, "0\n1\n2\n3\n");
}

TEST_F(ProcessRunnerTest, ResetsSignalsAndTheirMask) {
  sigset_t set;
  sigset_t before;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &set, &before);
  const auto ignored = ::signal(SIGPIPE, SIG_IGN);
  const auto ignoredToo = ::signal(SIGXFSZ, SIG_IGN);
  const std::string out = runner_.run(command({"grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status"})).out;
  ::signal(SIGPIPE, ignored);
  ::signal(SIGXFSZ, ignoredToo);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_THAT(out, StartsWith("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"));
}

TEST_F(ProcessRunnerTest, RunsInTheRootDirectory) {
  EXPECT_EQ(runner_.run(command({"pwd"})).out, "/\n");
}

TEST_F(ProcessRunnerTest, PassesOnTheLimitOfDescriptorsThatTheProgramWasStartedWith) {
  const pid_t program = ::fork();
  if (program == 0) {
    const rlimit low{200, 300};
    ::setrlimit(RLIMIT_NOFILE, &low);
    ::signal(SIGCHLD, SIG_IGN);
    settleInheritedState();
    ::_exit(ProcessRunner().run(shell("ulimit -Sn; ulimit -Hn")).out == "200\n300\n" ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(program, &status, 0), program);
  EXPECT_EQ(status, 0);
}

TEST_F(ProcessRunnerTest, TheCommandLeadsItsOwnProcessGroup) {
  std::istringstream stat(runner_.run(command({"cat", "/proc/self/stat"})).out);
  std::string pid;
  std::string name;
  std::string state;
  std::string parent;
  std::string group;
  stat >> pid >> name >> state >> parent >> group;
  EXPECT_EQ(pid, group);
  EXPECT_EQ(parent, std::to_string(::getpid()));
}

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

TEST_F(ProcessRunnerTest, DrainsBothOutputsWhileTheCommandRuns) {
  const CommandResult result = runner_.run(
      shell("head -c 500000 /dev/zero; head -c 500000 /dev/zero >&2; head -c 500000 /dev/zero; exit 3"));
  EXPECT_EQ(result.exitCode, 3);
  EXPECT_EQ(result.out.size(), 1'000'000);
  EXPECT_EQ(result.err.size(), 64U << 10U);
}

TEST_F(ProcessRunnerTest, KeepsTheBeginOfStdoutAndTheEndOfStderr) {
  ProcessRunner runner({.toolDirectories = {}, .maxOut = 10, .maxErr = 10});
  const CommandResult result = runner.run(shell("seq 1 100000; seq 1 100000 >&2"));
  EXPECT_EQ(result.exitCode, 0);
  EXPECT_EQ(result.out, "1\n2\n3\n4\n5\n");
  EXPECT_TRUE(result.outTruncated);
  EXPECT_EQ(result.err, "99\n100000\n");
}

TEST_F(ProcessRunnerTest, TellsWhyAProgramCouldNotBeStarted) {
  script("plain", "echo x\n", 0644);
  script("format", "not a program\n");
  script("interpreter", "#!/nonexistent/shell\n");
  const std::string directory = directory_.string() + "/";
  ProcessRunner runner({.toolDirectories = {directory_}});
  for (const auto& [program, error] : std::vector<std::pair<std::string, std::string>>{
           {"no-such-program", "No such file or directory"},
           {directory + "no-such-program", "No such file or directory"},
           {"plain", "Permission denied"},
           {directory + "plain", "Permission denied"},
           {directory_.string(), "Permission denied"},
           {"format", "Exec format error"},
           {"interpreter", "No such file or directory"},
           {"./format", "No such file or directory"},
           {"", "No such file or directory"}}) {
    const CommandResult result = runner.run(command({program}));
    EXPECT_EQ(result.startError, error) << program;
    EXPECT_EQ(result.exitCode, std::nullopt);
    EXPECT_TRUE(hasNoChild());
  }
  EXPECT_EQ(runner.run(command({})).startError, "No such file or directory");
}

TEST_F(ProcessRunnerTest, TooLongAnArgumentIsAStartError) {
  EXPECT_EQ(runner_.run(command({"echo", std::string(4U << 20U, 'x')})).startError, "Argument list too long");
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

TEST_F(ProcessRunnerTest, HandsStderrOverAsItArrives) {
  std::string seen;
  Command talking = shell("echo a >&2; printf 'b\\rc' >&2");
  talking.onStderr = [&](std::string_view text) { seen += text; };
  EXPECT_EQ(runner_.run(talking).err, "a\nb\rc");
  EXPECT_EQ(seen, "a\nb\rc");
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

TEST_F(ProcessRunnerTest, WorksFromManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> bad = 0;
  threads.reserve(32);
  for (int i = 0; i < 32; ++i) {
    threads.emplace_back([this, &bad, i] {
      for (int round = 0; round < 8; ++round) {
        const std::string word = std::to_string(i) + "-" + std::to_string(round);
        const int code = i + round;
        const CommandResult result =
            runner_.run(shell(fmt::format("echo {0}; echo {0} >&2; exit {1}", word, code)));
        if (result.exitCode != code || result.out != word + "\n" || result.err != word + "\n") ++bad;
      }
      if (!runner_.run(shell("sleep 3600 & wait", 50ms)).timedOut) ++bad;
      if (runner_.run(command({"/no/such/program"})).startError != "No such file or directory") ++bad;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(bad, 0);
}

TEST_F(ProcessRunnerTest, KeepsNoDescriptorOpen) {
  const auto count = [] { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); };
  const auto before = count();
  for (int i = 0; i < 5; ++i) {
    runner_.run(command({"true"}));
    runner_.run(command({"/no/such/program"}));
    runner_.run(shell("sleep 3600", 1ms));
  }
  EXPECT_EQ(count(), before);
}

TEST_F(ProcessRunnerTest, WorksWhenTheStandardDescriptorsAreClosed) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (int fd = 0; fd < 3; ++fd) ::close(fd);
    const CommandResult result = ProcessRunner().run(shell("cat; echo out; echo err >&2"));
    ::_exit(result.exitCode == 0 && result.out == "out\n" && result.err == "err\n" ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
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
