#pragma once

#include <sys/types.h>

#include <boost/process/child.hpp>

#include "common/command/kept_output.h"
#include "common/command/process_runner.h"
#include "common/system/descriptor.h"

namespace vbs::command {

/// A started command: watches it, reads its output, and ends its process group, at the latest when it goes
/// out of scope. For one thread. What it is given by reference must outlive it.
class RunningCommand {
public:
  RunningCommand(boost::process::child child, system::Descriptor out, system::Descriptor err,
                 const Command& command, const ProcessRunner::Options& options,
                 const ProcessRunner::Shutdown& shutdown);
  RunningCommand(const RunningCommand&) = delete;
  RunningCommand& operator=(const RunningCommand&) = delete;
  ~RunningCommand();

  /// `wake`: an event that is raised when the command is to stop, or the program's end was announced. To be
  /// called once. Throws std::system_error when the command cannot be watched any more.
  CommandResult wait(int wake);

private:
  /// Waits once: for output, which is read, for the end of the command, or for being woken up.
  void watchUntil(ProcessRunner::Clock::time_point until);

  /// What the command left behind may still write.
  void awaitOutput();

  /// Ends what there still is of the group, and waits for the command.
  Ending end();

  void awaitKilled();
  /// The other processes of a group that was killed run no more, but end a moment later.
  void awaitGroup() const;

  void kill(int signal) const;
  void reap();
  void readOut();
  void readErr();

  boost::process::child child_;
  pid_t pid_;
  system::Descriptor pidfd_;
  int pidfdError_;
  system::Descriptor out_;
  system::Descriptor err_;
  const Command& command_;
  const ProcessRunner::Options& options_;
  const ProcessRunner::Shutdown& shutdown_;
  Head head_;
  Tail tail_;
  int wake_ = -1;
  bool exited_ = false;
  bool reaped_ = false;
};

}  // namespace vbs::command
