#include "common/command/process_runner.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <thread>

#include "common/command/process_runner_fixture.h"
#include "common/process/inherited_state.h"
#include "common/system/descriptor.h"

namespace vbs::command {
namespace {

using namespace std::chrono_literals;
using system::Descriptor;
using testing::ElementsAre;
using testing::StartsWith;

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

TEST_F(ProcessRunnerTest, HandsStderrOverAsItArrives) {
  std::string seen;
  Command talking = shell("echo a >&2; printf 'b\\rc' >&2");
  talking.onStderr = [&](std::string_view text) { seen += text; };
  EXPECT_EQ(runner_.run(talking).err, "a\nb\rc");
  EXPECT_EQ(seen, "a\nb\rc");
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

}  // namespace
}  // namespace vbs::command
