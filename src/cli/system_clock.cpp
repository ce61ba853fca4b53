#include "cli/system_clock.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>

namespace vbs::cli {
namespace {

constexpr std::array kSignals{SIGINT, SIGTERM};

// A signal handler reaches nothing but globals.
volatile std::sig_atomic_t signalFd = -1;

void wake(int /*signal*/) {
  const int savedErrno = errno;
  const std::uint64_t one = 1;
  const ssize_t written = ::write(signalFd, &one, sizeof one);  // cannot fail: an eventfd that holds 0
  static_cast<void>(written);
  errno = savedErrno;
}

[[noreturn]] void throwErrno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

SystemClock::~SystemClock() {
  if (wakeFd_ < 0) return;
  for (const int signal : kSignals) ::signal(signal, SIG_DFL);
  signalFd = -1;
  ::close(wakeFd_);
}

SystemClock::TimePoint SystemClock::now() {
  return std::chrono::steady_clock::now();
}

void SystemClock::catchSignals() {
  wakeFd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wakeFd_ < 0) throwErrno("eventfd");
  signalFd = wakeFd_;
  struct sigaction action {};
  action.sa_handler = wake;
  action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
  for (const int signal : kSignals) {
    if (::sigaction(signal, &action, nullptr) != 0) throwErrno("sigaction");
  }
}

bool SystemClock::sleep(std::chrono::milliseconds duration) {
  if (wakeFd_ < 0) catchSignals();
  const TimePoint until = now() + duration;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now());
    pollfd wakeUp{.fd = wakeFd_, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wakeUp, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0);
    if (ready > 0) return false;
    if (ready < 0 && errno != EINTR) throwErrno("poll");
    if (ready == 0) return true;
  }
}

}  // namespace vbs::cli
