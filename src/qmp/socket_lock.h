#pragma once

#include <filesystem>

#include "common/system/descriptor.h"
#include "qmp/deadline.h"

namespace vbs::qmp {

/// Held while one process talks to a VM: QEMU serves one QMP client at a time, and two that plug into the
/// same VM must not interleave. The lock is flock(2) on SOCKET.lock, so it ends with the process.
class SocketLock {
public:
  /// Waits for the lock. Throws Error{Timeout} when another process keeps it past `deadline`, and
  /// Error{InternalError} when the lock file cannot be opened.
  SocketLock(const std::filesystem::path& socket, Deadline deadline);

private:
  system::Descriptor file_;
};

}  // namespace vbs::qmp
