#pragma once

#include "common/model/ids.h"
#include "qmp/deadline.h"

namespace vbs::qmp {

/// Returns when `portal` accepts TCP connections. QEMU logs in on its main thread: a portal that swallows
/// packets would freeze the whole VM for minutes, so it is tried from here first. Throws Error{Timeout} past
/// `deadline` and Error{CommandFailed} when the portal is refused or its host is unknown.
void requirePortal(const Portal& portal, Deadline deadline);

}  // namespace vbs::qmp
