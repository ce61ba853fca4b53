#include "common/command/process_runner.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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
#include <system_error>
#include <utility>

#include "common/command/running_command.h"
#include "common/process/descriptor_limit.h"
#include "common/system/descriptor.h"

namespace vbs::command {
namespace {

using system::Descriptor;

namespace bp = boost::process;
using Clock = ProcessRunner::Clock;

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
