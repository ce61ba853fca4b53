#include "common/command/process_group.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "common/system/descriptor.h"

namespace vbs::command {
namespace {

using system::Descriptor;

/// A child that leads a group of its own and waits for a signal.
class GroupLeader {
public:
  GroupLeader() : pid_(::fork()) {
    if (pid_ == 0) {
      while (true) ::pause();
    }
    ::setpgid(pid_, pid_);
  }
  ~GroupLeader() {
    end();
    ::waitpid(pid_, nullptr, 0);
  }
  GroupLeader(const GroupLeader&) = delete;
  GroupLeader& operator=(const GroupLeader&) = delete;

  /// Nobody has waited for it yet when this returns.
  void end() const {
    const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    ::kill(pid_, SIGKILL);
    pollfd ended{process.get(), POLLIN, 0};
    ::poll(&ended, 1, -1);
  }

  pid_t pid() const { return pid_; }

private:
  pid_t pid_;
};

TEST(ProcessGroup, RunsWhileAProcessOfItLives) {
  const GroupLeader leader;
  EXPECT_TRUE(runsProcess(leader.pid()));
}

TEST(ProcessGroup, DoesNotRunWhenOnlyProcessesAreLeftThatNobodyHasWaitedFor) {
  const GroupLeader leader;
  leader.end();
  EXPECT_EQ(::kill(-leader.pid(), 0), 0) << "its number is still taken";
  EXPECT_FALSE(runsProcess(leader.pid()));
}

TEST(ProcessGroup, DoesNotRunWhenThereIsNone) {
  pid_t gone = 0;
  {
    const GroupLeader leader;
    gone = leader.pid();
  }
  EXPECT_FALSE(runsProcess(gone));
}

}  // namespace
}  // namespace vbs::command
