#include "common/command/running_command.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/command/process_group.h"

namespace vbs::command {
namespace {

using system::Descriptor;

namespace bp = boost::process;
using Clock = ProcessRunner::Clock;
using namespace std::chrono_literals;

constexpr auto kComplainAfter = 5s;
constexpr auto kComplainAgain = 60s;
constexpr std::chrono::milliseconds kLongestPause = 50ms;  // between two looks at a group that ends

/// What is there now, but no more than a pipe holds: another one may be waiting.
template <class Take>
void read(Descriptor& pipe, Take take) {
  constexpr std::size_t kPipe = 64U << 10U;
  std::array<char, 16U << 10U> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read fills it
  for (std::size_t total = 0; pipe.isOpen() && total < kPipe;) {
    const ssize_t count = ::read(pipe.get(), buffer.data(), buffer.size());
    if (count > 0) {
      total += static_cast<std::size_t>(count);
      take(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
      pipe.close();
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

}  // namespace

RunningCommand::RunningCommand(bp::child child, Descriptor out, Descriptor err, const Command& command,
                               const ProcessRunner::Options& options, const ProcessRunner::Shutdown& shutdown)
    : child_(std::move(child)),
      pid_(child_.id()),
      pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))),
      pidfdError_(pidfd_.isOpen() ? 0 : errno),
      out_(std::move(out)),
      err_(std::move(err)),
      command_(command),
      options_(options),
      shutdown_(shutdown),
      head_(options.maxOut),
      tail_(options.maxErr) {}

RunningCommand::~RunningCommand() {
  if (reaped_) return;
  kill(SIGKILL);
  reap();
}

CommandResult RunningCommand::wait(int wake) {
  CommandResult result;
  if (!pidfd_.isOpen()) {
    result.watchError = std::generic_category().message(pidfdError_);
    return result;
  }
  wake_ = wake;
  const auto deadline = Clock::now() + command_.timeout;
  while (!exited_ && !result.stopped && !result.timedOut) {
    const auto stopAt = shutdown_.deadline.load() - options_.killGrace;
    watchUntil(std::min(deadline, stopAt));
    result.stopped = !exited_ && (command_.stop.stop_requested() || Clock::now() >= stopAt);
    result.timedOut = !exited_ && !result.stopped && Clock::now() >= deadline;
  }
  const bool endedByItself = exited_;
  if (endedByItself) awaitOutput();
  const Ending ending = end();
  readOut();
  readErr();
  result.out = head_.take();
  result.outTruncated = head_.isTruncated();
  result.err = tail_.take();
  const int status = child_.native_exit_code();
  if (!endedByItself) {
    result.ending = ending;
  } else if (WIFEXITED(status)) {
    result.exitCode = WEXITSTATUS(status);
  } else if (WIFSIGNALED(status)) {
    result.signal = WTERMSIG(status);
  }
  return result;
}

void RunningCommand::watchUntil(Clock::time_point until) {
  std::array<pollfd, 4> fds{{{out_.get(), POLLIN, 0},
                             {err_.get(), POLLIN, 0},
                             {exited_ ? -1 : pidfd_.get(), POLLIN, 0},
                             {wake_, POLLIN, 0}}};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  const int timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
  if (::poll(fds.data(), fds.size(), timeout) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category());
    return;
  }
  if (fds[0].revents != 0) readOut();
  if (fds[1].revents != 0) readErr();
  if (fds[2].revents != 0) exited_ = true;
  if (fds[3].revents != 0) {
    std::uint64_t raised = 0;
    [[maybe_unused]] const auto count = ::read(wake_, &raised, sizeof raised);
  }
}

void RunningCommand::awaitOutput() {
  const auto until = Clock::now() + options_.outputGrace;
  while ((out_.isOpen() || err_.isOpen()) && Clock::now() < until) watchUntil(until);
}

Ending RunningCommand::end() {
  const auto begin = Clock::now();
  kill(SIGTERM);
  kill(SIGCONT);  // what is stopped takes its SIGTERM when it goes on
  const auto graceEnd = [&] { return std::min(begin + options_.killGrace, shutdown_.deadline.load()); };
  while (!exited_ && Clock::now() < graceEnd()) watchUntil(graceEnd());
  if (exited_) {
    // From here on the number of the group is that of its other processes, and free when they are gone.
    reap();
    for (auto pause = 1ms; runsProcess(pid_) && Clock::now() < graceEnd();
         pause = std::min(2 * pause, kLongestPause)) {
      watchUntil(std::min(Clock::now() + pause, graceEnd()));
    }
  }
  const bool killed = !exited_ || runsProcess(pid_);
  if (killed) kill(SIGKILL);
  if (!exited_) awaitKilled();
  if (killed) awaitGroup();
  return {killed, std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin)};
}

void RunningCommand::awaitKilled() {
  auto complaint = Clock::now() + kComplainAfter;
  while (!exited_) {
    watchUntil(complaint);
    if (exited_ || Clock::now() < complaint) continue;
    spdlog::error("{} (process {}) cannot be killed: it hangs in the kernel; still waiting for it",
                  command_.name.empty() ? command_.argv[0] : command_.name, pid_);
    complaint = Clock::now() + kComplainAgain;
  }
  reap();
}

void RunningCommand::awaitGroup() const {
  const auto until = Clock::now() + 100ms;
  while (runsProcess(pid_) && Clock::now() < until) ::poll(nullptr, 0, 1);
}

void RunningCommand::kill(int signal) const {
  ::kill(-pid_, signal);
}

void RunningCommand::reap() {
  std::error_code error;
  child_.wait(error);
  reaped_ = true;
}

void RunningCommand::readOut() {
  read(out_, [this](std::string_view text) { head_.add(text); });
}

void RunningCommand::readErr() {
  read(err_, [this](std::string_view text) {
    tail_.add(text);
    if (command_.onStderr) command_.onStderr(text);
  });
}

}  // namespace vbs::command
