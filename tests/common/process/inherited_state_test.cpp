#include "common/process/inherited_state.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <initializer_list>

#include "common/process/descriptor_limit.h"

namespace vbs {
namespace {

/// Ends the process: 0 when `isRight` once `spoilt` was put right.
template <class Spoil, class IsRight>
[[noreturn]] void settle(Spoil spoil, IsRight isRight) {
  spoil();
  settleInheritedState();
  std::_Exit(isRight() ? 0 : 1);
}

bool isIgnored(int signal) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  return action.sa_handler == SIG_IGN;
}

TEST(InheritedState, ExitCodesOfChildrenAreThereThoughTheParentIgnoredTheirEnd) {
  const auto childExits = [] {
    const pid_t child = ::fork();
    if (child == 0) std::_Exit(7);
    int status = 0;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7;
  };
  EXPECT_EXIT(settle([] { ::signal(SIGCHLD, SIG_IGN); }, childExits), testing::ExitedWithCode(0), "");
}

TEST(InheritedState, NoSignalStaysBlocked) {
  const auto blockAll = [] {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
  };
  const auto noneIsBlocked = [] {
    sigset_t blocked;
    ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGALRM, SIGUSR1}) {
      if (::sigismember(&blocked, signal) != 0) return false;
    }
    return true;
  };
  EXPECT_EXIT(settle(blockAll, noneIsBlocked), testing::ExitedWithCode(0), "");
}

TEST(InheritedState, AReaderThatLeavesIsNoSignal) {
  EXPECT_EXIT(settle([] { ::signal(SIGPIPE, SIG_DFL); }, [] { return isIgnored(SIGPIPE); }),
              testing::ExitedWithCode(0), "");
}

TEST(InheritedState, SignalsThatNohupIgnoresStayIgnored) {
  EXPECT_EXIT(settle([] { ::signal(SIGHUP, SIG_IGN); }, [] { return isIgnored(SIGHUP); }),
              testing::ExitedWithCode(0), "");
}

TEST(InheritedState, FilesAreTheOwnersToWriteWhateverTheUmask) {
  for (const auto& [inherited, right] :
       std::initializer_list<std::pair<mode_t, mode_t>>{{0, 022}, {0777, 077}, {027, 027}, {022, 022}}) {
    EXPECT_EXIT(settle([&, inherited = inherited] { ::umask(inherited); },
                       [&, right = right] { return ::umask(0) == right; }),
                testing::ExitedWithCode(0), "")
        << inherited;
  }
}

TEST(InheritedState, TheSoftLimitOfDescriptorsIsRaisedToTheHardOne) {
  const auto lower = [] {
    const rlimit low{32, 64};
    ::setrlimit(RLIMIT_NOFILE, &low);
  };
  const auto isRaised = [] { return descriptorLimit() == 64 && inheritedDescriptorLimit().rlim_cur == 32; };
  EXPECT_EXIT(settle(lower, isRaised), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace vbs
