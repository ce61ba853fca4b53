#include "common/daemon/termination.h"

#include <pthread.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>

namespace vbs::daemon {
namespace {

using Clock = std::chrono::steady_clock;

sigset_t terminationSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

sigset_t awaitedSignals() {
  sigset_t signals = terminationSignals();
  sigaddset(&signals, SIGHUP);
  return signals;
}

/// True when one of the signals came by `deadline`. A debugger, or SIGCONT, interrupts the wait before that.
bool signalArrivesBy(Clock::time_point deadline) {
  using std::chrono::nanoseconds;
  const sigset_t signals = terminationSignals();
  while (true) {
    const auto left = std::max(nanoseconds(deadline - Clock::now()), nanoseconds(0));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec timeout{seconds.count(), nanoseconds(left - seconds).count()};
    if (sigtimedwait(&signals, nullptr, &timeout) > 0) return true;
    if (errno != EINTR) return false;
  }
}

}  // namespace

Termination::Termination() {
  const sigset_t signals = awaitedSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
  sigaction(SIGXFSZ, &ignore, nullptr);
}

Termination::~Termination() {
  over_ = true;
  if (!watch_.joinable()) return;
  // Wakes the watch, which has the signal blocked and waits for it.
  pthread_kill(watch_.native_handle(), SIGTERM);  // NOLINT(bugprone-bad-signal-to-kill-thread)
  watch_.join();
}

const char* Termination::wait(const std::function<void()>& reload) const {
  const sigset_t signals = awaitedSignals();
  int signal = 0;
  while (sigwait(&signals, &signal) != 0 || signal == SIGHUP) {
    if (signal == SIGHUP) reload();
  }
  return signal == SIGINT ? "SIGINT" : "SIGTERM";
}

void Termination::bound(std::chrono::milliseconds limit) {
  watch_ = std::thread([this, limit] {
    const bool signalled = signalArrivesBy(Clock::now() + limit);
    if (over_) return;
    if (signalled) {
      spdlog::warn("asked to stop again: ending at once");
    } else {
      spdlog::warn("the orderly end took longer than {} ms: ending now", limit.count());
    }
    spdlog::default_logger()->flush();
    _exit(0);
  });
}

}  // namespace vbs::daemon
