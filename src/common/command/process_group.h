#pragma once

#include <sys/types.h>

namespace vbs::command {

/// True while a process of the group still runs. One that has ended counts no more, though nobody has waited
/// for it: whose child it is may take its time, or never do it. Thread-safe.
bool runsProcess(pid_t group);

}  // namespace vbs::command
