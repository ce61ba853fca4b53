#include "common/process/own_init.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <initializer_list>

namespace vbs {
namespace {

/// A process that is taken for an init, with `program` as what goes on under it.
class Container {
public:
  explicit Container(const std::function<int()>& program) : pid_(::fork()) {
    if (pid_ != 0) return;
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    liveUnderOwnInit();
    ::_exit(program());
  }

  pid_t pid() const { return pid_; }
  int exitCode() const {
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

private:
  pid_t pid_;
};

int waitFor(int signal) {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, signal);
  int received = 0;
  ::sigwait(&signals, &received);
  return received;
}

/// Makes a process whose parent has ended and that ends itself when `gate` is closed. Returns its number.
pid_t makeOrphan(const std::array<int, 2>& gate) {
  std::array<int, 2> number{};
  if (::pipe(number.data()) != 0) return -1;
  const pid_t parent = ::fork();
  if (parent == 0) {
    if (::fork() == 0) {
      const pid_t self = ::getpid();
      [[maybe_unused]] auto written = ::write(number[1], &self, sizeof self);
      ::close(gate[1]);
      char c = 0;
      [[maybe_unused]] auto count = ::read(gate[0], &c, 1);
      ::_exit(0);
    }
    ::_exit(0);
  }
  ::waitpid(parent, nullptr, 0);
  pid_t orphan = -1;
  [[maybe_unused]] auto count = ::read(number[0], &orphan, sizeof orphan);
  return orphan;
}

TEST(OwnInit, ItsProgramsExitCodeIsItsOwn) {
  EXPECT_EQ(Container([] { return 7; }).exitCode(), 7);
}

TEST(OwnInit, ASignalThatEndsTheProgramIsToldAsAShellTellsIt) {
  EXPECT_EQ(Container([] { return ::raise(SIGKILL); }).exitCode(), 128 + SIGKILL);
}

TEST(OwnInit, WaitsForOrphansAndTheProgramForItsOwn) {
  const Container container([] {
    std::array<int, 2> gate{};
    if (::pipe(gate.data()) != 0) return 2;
    const pid_t orphan = makeOrphan(gate);
    if (orphan <= 0) return 3;
    ::close(gate[1]);
    while (::kill(orphan, 0) == 0) ::poll(nullptr, 0, 1);  // for ever when nobody waits for it

    const pid_t child = ::fork();
    if (child == 0) ::_exit(9);
    int status = 0;
    if (::waitpid(child, &status, 0) != child) return 4;
    return WEXITSTATUS(status);
  });
  EXPECT_EQ(container.exitCode(), 9);
}

TEST(OwnInit, PassesSignalsOnToTheProgram) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    sigset_t signals;
    sigset_t before;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, signal);
    ::sigprocmask(SIG_BLOCK, &signals, &before);  // so that it cannot come too early
    const Container container([signal] { return waitFor(signal); });
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    ::kill(container.pid(), signal);
    EXPECT_EQ(container.exitCode(), signal);
  }
}

TEST(OwnInit, IsNotThereWhereAnotherOneIs) {
  const pid_t self = ::getpid();
  liveUnderOwnInit();
  EXPECT_EQ(::getpid(), self);
}

}  // namespace
}  // namespace vbs
