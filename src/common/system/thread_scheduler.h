#pragma once

#include "common/system/scheduler.h"

namespace vbs::system {

/// The operating system's threads, mutexes, condition variables and clocks. Lives as long as the program.
Scheduler& threadScheduler();

}  // namespace vbs::system
