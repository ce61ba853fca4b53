#pragma once

namespace vbs {

/// As process 1 of a container, or where the kernel takes it for that (PR_SET_CHILD_SUBREAPER), a program
/// gets the orphans of all others and has to wait for them, and signals without a handler do nothing to it.
/// Then this goes on in a child, and the process itself stays behind as the child's init: it passes signals
/// on, waits for orphans, and ends as the child does. Elsewhere it does nothing. To be called before any
/// thread. The program so never waits for a process that it did not start, and nobody takes the exit code of
/// one that it did.
void liveUnderOwnInit() noexcept;

}  // namespace vbs
