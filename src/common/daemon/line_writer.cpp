#include "common/daemon/line_writer.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace vbs::daemon {
namespace {

/// Blocks all signals while a thread is made, which inherits that: they are for the threads that wait for
/// them.
class SignalsBlocked {
public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
  sigset_t before_{};
};

ssize_t writeNow(int fd, std::string_view text) {
  const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0 || errno != ENOTSOCK) return sent;
  return ::write(fd, text.data(), text.size());
}

}  // namespace

/// Shared with the thread, which may outlive the writer.
struct LineWriter::State {
  State(int descriptor, Limits limits, TellLoss tell)
      : fd(descriptor), limits(limits), tellLoss(std::move(tell)), wake(::eventfd(0, EFD_CLOEXEC)) {
    if (wake < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~State() { ::close(wake); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // On the thread.
  void serve();
  int putAll(std::string_view text);
  bool awaitRoom() const;

  const int fd;
  const Limits limits;
  const TellLoss tellLoss;
  const int wake;       ///< an event, raised when what waits shall be given up
  bool inLine = false;  ///< of the thread: a line was cut by an error

  std::mutex mutex;
  std::condition_variable added;
  std::condition_variable settled;
  std::deque<std::string> lines;
  std::size_t bytes = 0;       ///< of `lines`
  std::uint64_t accepted = 0;  ///< lines that were handed over
  std::uint64_t finished = 0;  ///< those of them that were written or lost
  Loss loss;                   ///< not told yet
  bool standsStill = false;    ///< somebody waited in vain since something was written
  bool closing = false;
  bool abandoned = false;  ///< the owner goes: nothing of it may be used any more
  bool ended = false;
  std::thread thread;
};

void LineWriter::State::serve() {
  std::unique_lock lock(mutex);
  while (true) {
    added.wait(lock, [this] { return closing || !lines.empty(); });
    if (lines.empty() || abandoned) break;
    const std::string line = std::move(lines.front());
    lines.pop_front();
    bytes -= line.size();
    const Loss untold = std::exchange(loss, Loss{});
    const std::string telling = untold.lines == 0 ? std::string() : tellLoss(untold);
    lock.unlock();
    int error = putAll(telling);
    const bool told = error == 0;
    if (told) error = putAll(line);
    lock.lock();
    if (!told) loss.lines += untold.lines;
    if (error == 0) {
      standsStill = false;
    } else {
      ++loss.lines;
      loss.error = error;
    }
    ++finished;
    settled.notify_all();
  }
  ended = true;
  settled.notify_all();
}

/// Returns 0 or the errno that kept the text, or the rest of it, from being written.
int LineWriter::State::putAll(std::string_view text) {
  const std::string afterCut = inLine ? "\n" + std::string(text) : std::string();
  if (inLine) text = afterCut;
  while (!text.empty()) {
    if (!awaitRoom()) return ECANCELED;
    const ssize_t count = writeNow(fd, text.substr(0, PIPE_BUF));
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return errno;
    inLine = text[static_cast<std::size_t>(count) - 1] != '\n';
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

/// False when the lines that wait shall be given up.
bool LineWriter::State::awaitRoom() const {
  while (true) {
    std::array<pollfd, 2> fds{{{fd, POLLOUT, 0}, {wake, POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    if (fds[0].revents != 0) return true;  // an error too: the write tells which
    if (fds[1].revents != 0) return false;
  }
}

LineWriter::LineWriter(int fd, Limits limits, TellLoss tellLoss)
    : state_(std::make_shared<State>(fd, limits, std::move(tellLoss))) {
  const SignalsBlocked blocked;
  state_->thread = std::thread([state = state_] { state->serve(); });
}

LineWriter::~LineWriter() {
  std::unique_lock lock(state_->mutex);
  state_->closing = true;
  state_->added.notify_all();
  const auto hasEnded = [this] { return state_->ended; };
  if (!state_->settled.wait_for(lock, state_->limits.finalPatience, hasEnded)) {
    state_->abandoned = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(state_->wake, &one, sizeof one);
    // It may hang in the write itself, where nothing wakes it.
    constexpr std::chrono::milliseconds kToNotice{100};
    state_->settled.wait_for(lock, kToNotice, hasEnded);
  }
  const bool ended = state_->ended;
  lock.unlock();
  if (ended) {
    state_->thread.join();
  } else {
    state_->thread.detach();
  }
}

void LineWriter::write(std::string line) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->closing) return;
    state_->bytes += line.size();
    state_->lines.push_back(std::move(line));
    ++state_->accepted;
    while (state_->bytes > state_->limits.bytes && state_->lines.size() > 1) {
      state_->bytes -= state_->lines.front().size();
      state_->lines.pop_front();
      ++state_->loss.lines;
      ++state_->finished;
    }
  }
  state_->added.notify_one();
}

bool LineWriter::flush(std::chrono::milliseconds patience) {
  std::unique_lock lock(state_->mutex);
  const auto isDone = [this, last = state_->accepted] { return state_->finished >= last; };
  if (state_->settled.wait_for(lock, patience, isDone)) return true;
  state_->standsStill = true;
  return false;
}

bool LineWriter::flushUnlessStuck(std::chrono::milliseconds patience) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->standsStill) return false;
  }
  return flush(patience);
}

}  // namespace vbs::daemon
