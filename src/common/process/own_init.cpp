#include "common/process/own_init.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <initializer_list>

namespace vbs {
namespace {

bool isInit() noexcept {
  int isSubreaper = 0;
  ::prctl(PR_GET_CHILD_SUBREAPER, &isSubreaper);
  return ::getpid() == 1 || isSubreaper != 0;
}

/// Those that somebody sends to a program, and that of a child's end.
sigset_t signalsOfAnInit() noexcept {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}) {
    ::sigaddset(&signals, signal);
  }
  return signals;
}

/// The exit code that tells how a process ended, as a shell tells it.
int exitCodeOf(int status) noexcept {
  constexpr int kSignalled = 128;
  return WIFSIGNALED(status) ? kSignalled + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Waits for everything that has ended. When the program is among it, ends as it did.
void reap(pid_t program) noexcept {
  int status = 0;
  for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) != 0;) {
    if (ended == program) ::_exit(exitCodeOf(status));
    if (ended < 0 && errno != EINTR) return;
  }
}

[[noreturn]] void beInitOf(pid_t program, const sigset_t& signals) noexcept {
  while (true) {
    siginfo_t info{};
    const int signal = ::sigwaitinfo(&signals, &info);
    // What the terminal sends (Ctrl-C), the kernel sends to the whole process group, the program included.
    if (signal == SIGCHLD) {
      reap(program);
    } else if (signal > 0 && info.si_code != SI_KERNEL) {
      ::kill(program, signal);
    }
  }
}

}  // namespace

void liveUnderOwnInit() noexcept {
  if (!isInit()) return;
  const sigset_t signals = signalsOfAnInit();
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &signals, &before);
  const pid_t init = ::getpid();
  const pid_t program = ::fork();
  if (program > 0) beInitOf(program, signals);
  if (program == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != init) ::_exit(1);
  }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);  // the program, or nobody else could be made
}

}  // namespace vbs
