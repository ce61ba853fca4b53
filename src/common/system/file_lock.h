#pragma once

#include <filesystem>

#include "common/system/descriptor.h"

namespace vbs::system {

/// Locks an open file for this process alone, with flock(2), until the descriptor is closed or the process
/// ends. Does not wait: false when another process holds the lock. Throws Error{InternalError} with `name`,
/// which is the file's, when it cannot be locked at all.
bool tryLock(const Descriptor& file, const std::filesystem::path& name);

}  // namespace vbs::system
