#include "common/command/process_runner.h"

#include <fcntl.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/env.hpp>
#include <boost/process/environment.hpp>
#include <boost/process/error.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>

#include "common/command/process_group.h"
#include "common/process/descriptor_limit.h"
#include "common/system/descriptor.h"

namespace vbs::command {
namespace {

using system::Descriptor;

namespace bp = boost::process;
using Clock = ProcessRunner::Clock;
using namespace std::chrono_literals;

[[noreturn]] void throwErrno() {
  throw std::system_error(errno, std::generic_category());
}

/// Takes `fd`, moved above the standard descriptors so that the child's dup2 onto those cannot overwrite it.
Descriptor aboveStandard(int fd) {
  if (fd < 0) throwErrno();
  Descriptor original(fd);
  if (fd > STDERR_FILENO) return original;
  const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (moved < 0) throwErrno();
  return Descriptor(moved);
}

struct Pipe {
  Descriptor readEnd;
  Descriptor writeEnd;

  Pipe() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0) throwErrno();
    Descriptor second(fds[1]);
    readEnd = aboveStandard(fds[0]);
    const int moved = ::fcntl(second.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (moved < 0) throwErrno();
    writeEnd = Descriptor(moved);
    ::fcntl(readEnd.get(), F_SETFL, O_NONBLOCK);
  }
};

/// What happens in the child between fork and exec: async-signal-safe calls only, since the parent has
/// threads.
struct ChildSetup : bp::extend::handler {
  int in;
  int out;
  int err;
  char* const* argv;  ///< ends with null
  pid_t parent = ::getpid();
  rlimit descriptors = inheritedDescriptorLimit();

  ChildSetup(int in, int out, int err, char* const* argv) : in(in), out(out), err(err), argv(argv) {}

  template <class Executor>
  void on_exec_setup(Executor& executor) const {  // NOLINT(readability-identifier-naming)
    // Programs begin their complaints with the name that they are called by. So they are called as the
    // pattern writes it, not by the path at which they were found.
    executor.cmd_line = argv;
    if (::dup2(in, STDIN_FILENO) < 0 || ::dup2(out, STDOUT_FILENO) < 0 || ::dup2(err, STDERR_FILENO) < 0) {
      ::_exit(kSetupFailed);
    }
    // All that follows writes to the command's own stderr when it fails.
    check(::setpgid(0, 0), "setpgid\n");
    check(::chdir("/"), "chdir\n");
    check(::setrlimit(RLIMIT_NOFILE, &descriptors), "setrlimit\n");
    check(::close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC), "close_range\n");
    // The signal comes when the thread that forked ends; that thread waits in run() until we are gone.
    check(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl\n");
    if (::getppid() != parent) ::_exit(kSetupFailed);
    struct sigaction defaultAction {};
    defaultAction.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &defaultAction, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
  }

  /// In the parent: a child whose exec failed has ended, and nobody else waits for it.
  template <class Executor>
  void on_error(Executor& executor,
                const std::error_code& /*error*/) const {  // NOLINT(readability-identifier-naming)
    if (executor.pid <= 0) return;
    while (::waitpid(executor.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

private:
  static constexpr int kSetupFailed = 126;

  static void check(int result, std::string_view what) {
    if (result == 0) return;
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, what.data(), what.size());
    ::_exit(kSetupFailed);
  }
};

/// Keeps the first bytes.
class Head {
public:
  explicit Head(std::size_t limit) : limit_(limit) {}
  void add(std::string_view text) {
    const std::size_t room = limit_ - text_.size();
    truncated_ = truncated_ || text.size() > room;
    text_ += text.substr(0, room);
  }
  bool isTruncated() const noexcept { return truncated_; }
  std::string take() { return std::move(text_); }

private:
  std::size_t limit_;
  std::string text_;
  bool truncated_ = false;
};

/// Keeps the last bytes.
class Tail {
public:
  explicit Tail(std::size_t limit) : limit_(limit) {}
  void add(std::string_view text) {
    text_ += text;
    if (text_.size() > 2 * limit_) trim();
  }
  std::string take() {
    trim();
    return std::move(text_);
  }

private:
  void trim() {
    if (text_.size() > limit_) text_.erase(0, text_.size() - limit_);
  }

  std::size_t limit_;
  std::string text_;
};

/// A started command: watches it, reads its output, and ends its process group, at the latest when it goes
/// out of scope.
class RunningCommand {
public:
  RunningCommand(bp::child child, Descriptor out, Descriptor err, const Command& command,
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

  RunningCommand(const RunningCommand&) = delete;
  RunningCommand& operator=(const RunningCommand&) = delete;

  ~RunningCommand() {
    if (reaped_) return;
    kill(SIGKILL);
    reap();
  }

  /// `wake`: an event that is raised when the command is to stop, or the program's end was announced.
  CommandResult wait(int wake) {
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

private:
  static constexpr auto kComplainAfter = 5s;
  static constexpr auto kComplainAgain = 60s;
  static constexpr std::chrono::milliseconds kLongestPause = 50ms;  // between two looks at a group that ends

  /// Waits once: for output, which is read, for the end of the command, or for being woken up.
  void watchUntil(Clock::time_point until) {
    std::array<pollfd, 4> fds{{{out_.get(), POLLIN, 0},
                               {err_.get(), POLLIN, 0},
                               {exited_ ? -1 : pidfd_.get(), POLLIN, 0},
                               {wake_, POLLIN, 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    const int timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
    if (::poll(fds.data(), fds.size(), timeout) < 0) {
      if (errno != EINTR) throwErrno();
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

  /// What the command left behind may still write.
  void awaitOutput() {
    const auto until = Clock::now() + options_.outputGrace;
    while ((out_.isOpen() || err_.isOpen()) && Clock::now() < until) watchUntil(until);
  }

  /// Ends what there still is of the group, and waits for the command.
  Ending end() {
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

  void awaitKilled() {
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

  /// The other processes of a group that was killed run no more, but end a moment later.
  void awaitGroup() const {
    const auto until = Clock::now() + 100ms;
    while (runsProcess(pid_) && Clock::now() < until) ::poll(nullptr, 0, 1);
  }

  void kill(int signal) const { ::kill(-pid_, signal); }

  void reap() {
    std::error_code error;
    child_.wait(error);
    reaped_ = true;
  }

  void readOut() {
    read(out_, [this](std::string_view text) { head_.add(text); });
  }

  void readErr() {
    read(err_, [this](std::string_view text) {
      tail_.add(text);
      if (command_.onStderr) command_.onStderr(text);
    });
  }

  /// What is there now, but no more than a pipe holds: another one may be waiting.
  template <class Take>
  static void read(Descriptor& pipe, Take take) {
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

  bp::child child_;
  pid_t pid_;
  Descriptor pidfd_;
  int pidfdError_;
  Descriptor out_;
  Descriptor err_;
  const Command& command_;
  const ProcessRunner::Options& options_;
  const ProcessRunner::Shutdown& shutdown_;
  Head head_;
  Tail tail_;
  int wake_ = -1;
  bool exited_ = false;
  bool reaped_ = false;
};

/// The program's path, found as execvp would; throws std::system_error when there is none.
std::filesystem::path findProgram(const std::string& name,
                                  const std::vector<std::filesystem::path>& directories) {
  if (name.starts_with('/')) return name;
  int error = ENOENT;
  if (name.empty() || name.find('/') != std::string::npos) {
    throw std::system_error(error, std::generic_category());
  }
  for (const auto& directory : directories) {
    auto candidate = directory / name;
    struct stat status {};
    if (::stat(candidate.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    error = EACCES;
  }
  throw std::system_error(error, std::generic_category());
}

CommandResult notStarted(const std::error_code& error) {
  CommandResult result;
  result.startError = std::generic_category().message(error.value());
  return result;
}

CommandResult notWatched(const std::error_code& error) {
  CommandResult result;
  result.watchError = std::generic_category().message(error.value());
  return result;
}

}  // namespace

ProcessRunner::ProcessRunner() : ProcessRunner(Options{}) {}

ProcessRunner::ProcessRunner(Options options)
    : options_(std::move(options)), directories_(options_.toolDirectories) {
  for (const char* directory :
       {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}) {
    directories_.emplace_back(directory);
  }
  for (const auto& directory : directories_) path_ += (path_.empty() ? "" : ":") + directory.string();
}

void ProcessRunner::endBy(Clock::time_point deadline) {
  shutdown_.deadline = deadline;
  shutdown_.announced.request_stop();
}

CommandResult ProcessRunner::run(const Command& command) try {
  if (command.stop.stop_requested() || Clock::now() >= shutdown_.deadline.load() - options_.killGrace) {
    CommandResult result;
    result.stopped = true;
    return result;
  }
  const auto program = findProgram(command.argv.empty() ? std::string() : command.argv[0], directories_);
  const Descriptor null = aboveStandard(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Descriptor event = aboveStandard(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  Pipe out;
  Pipe err;
  bp::environment environment;
  environment["LC_ALL"] = "C";
  environment["PATH"] = path_;
  std::vector<std::string> arguments = command.argv;
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  std::error_code error;
  bp::child child(bp::exe = program.string(), environment, bp::error(error),
                  ChildSetup(null.get(), out.writeEnd.get(), err.writeEnd.get(), argv.data()));
  if (error) return notStarted(error);
  out.writeEnd.close();
  err.writeEnd.close();
  try {
    RunningCommand running(std::move(child), std::move(out.readEnd), std::move(err.readEnd), command,
                           options_, shutdown_);
    const auto raise = [&event] {
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto written = ::write(event.get(), &one, sizeof one);
    };
    const std::stop_callback onStop(command.stop, raise);
    const std::stop_callback onShutdown(shutdown_.announced.get_token(), raise);
    return running.wait(event.get());
  } catch (const std::system_error& error) {
    return notWatched(error.code());  // it had begun
  }
} catch (const std::system_error& error) {
  return notStarted(error.code());
}

}  // namespace vbs::command
