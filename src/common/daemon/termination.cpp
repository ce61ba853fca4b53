#include "common/daemon/termination.h"

#include <pthread.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <thread>

namespace vbs::daemon {
namespace {

sigset_t terminationSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

Termination::Termination() {
  const sigset_t signals = terminationSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
}

const char* Termination::wait() const {
  const sigset_t signals = terminationSignals();
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  return signal == SIGINT ? "SIGINT" : "SIGTERM";
}

void boundShutdown(std::chrono::milliseconds limit) {
  std::thread([limit] {
    const sigset_t signals = terminationSignals();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
    const timespec timeout{seconds.count(), std::chrono::nanoseconds(limit - seconds).count()};
    if (sigtimedwait(&signals, nullptr, &timeout) > 0) {
      spdlog::warn("asked to stop again: ending at once");
    } else {
      spdlog::warn("the orderly end took longer than {} ms: ending now", limit.count());
    }
    spdlog::default_logger()->flush();
    _exit(0);
  }).detach();
}

}  // namespace vbs::daemon
