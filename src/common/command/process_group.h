#pragma once

#include <sys/types.h>

namespace vbs::command {

/// True while a process of the group still runs. A process that has ended does not count, though nobody has
/// waited for it: its parent may take long to wait, or never do it. Thread-safe.
bool runsProcess(pid_t group);

}  // namespace vbs::command
