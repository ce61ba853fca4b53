#pragma once

#include <sys/resource.h>

namespace vbs {

/// Raises the soft limit of open descriptors to the hard one. To be called before any thread.
void raiseDescriptorLimit() noexcept;

/// The limit as it was before it was raised; the present one when it was not raised. For programs that are
/// started from here: select(2) cannot count further than 1024, and some programs try to close every number
/// up to the limit. Thread-safe.
rlimit inheritedDescriptorLimit() noexcept;

/// How many descriptors this process may have open. Thread-safe.
rlim_t descriptorLimit() noexcept;

}  // namespace vbs
