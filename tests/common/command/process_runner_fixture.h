#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "common/command/process_runner.h"
#include "common/system/descriptor.h"

namespace vbs::command {

inline Command command(std::vector<std::string> argv, std::chrono::milliseconds timeout = std::chrono::minutes(1)) {
  return {.argv = std::move(argv), .timeout = timeout, .stop = {}, .onStderr = {}};
}

inline Command shell(const std::string& script, std::chrono::milliseconds timeout = std::chrono::minutes(1)) {
  return command({"sh", "-c", script}, timeout);
}

/// True once the process is gone or a zombie that somebody else has to wait for.
inline bool hasEnded(pid_t pid) {
  const system::Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.isOpen()) return errno == ESRCH;
  pollfd ended{process.get(), POLLIN, 0};
  return ::poll(&ended, 1, 60'000) == 1;
}

inline bool hasNoChild() {
  return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD;
}

class ProcessRunnerTest : public testing::Test {  // NOLINT(cppcoreguidelines-virtual-class-destructor)
protected:
  ProcessRunnerTest() {
    std::string pattern = testing::TempDir() + "vbs-runner-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  /// Whatever a test does, no child may be left, running or as a zombie.
  ~ProcessRunnerTest() override {
    EXPECT_TRUE(hasNoChild());
    std::filesystem::remove_all(directory_);
  }

  std::string script(const std::string& name, const std::string& text, mode_t mode = 0755) {
    const auto path = directory_ / name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path.string();
  }

  ProcessRunner runner_;
  std::filesystem::path directory_;
};

}  // namespace vbs::command
