#pragma once

namespace vbs {

/// Sets what the program relies on and whoever started it may have left otherwise. To be called first in
/// main, before any thread.
///
/// - Descriptors 0, 1 and 2 are taken: see holdStandardStreams().
/// - No signal is blocked. SIGCHLD is not ignored, as that would take away the exit codes of commands.
///   SIGPIPE is ignored, so a reader that leaves is an error of write(). SIGINT and SIGHUP stay ignored where
///   they are, as nohup and a shell's background want it.
/// - Files that are made can be read and written by their owner and written by nobody else (umask).
/// - As many descriptors as allowed: see raiseDescriptorLimit().
/// - An init waits for orphans, though the program was started as process 1: see liveUnderOwnInit().
///
/// The working directory stays, as paths on the command line begin there. So does the priority, as an
/// administrator may have chosen it.
void settleInheritedState() noexcept;

}  // namespace vbs
