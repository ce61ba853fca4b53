#pragma once

namespace vbs {

/// For a program that is process 1 of a container, or that the kernel treats as such
/// (PR_SET_CHILD_SUBREAPER). It would get the orphans of all other programs and would have to wait for them,
/// and signals without a handler would do nothing to it.
/// So the program goes on in a child. The process itself stays behind as the child's init: it passes signals
/// on, waits for orphans, and ends as the child does. So the program never waits for a process that it did
/// not start, and nobody takes the exit code of one that it did.
/// Elsewhere it does nothing. To be called before any thread.
void liveUnderOwnInit() noexcept;

}  // namespace vbs
