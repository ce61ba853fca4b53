#pragma once

#include <span>

#include "common/delegate/dry_run.h"

namespace vbs::volume_delegate {

/// The calls of the Volume Delegate that run commands, in the order of VolumeDelegate: for `--explain`.
std::span<const delegate::ShownCall> shownCalls();

}  // namespace vbs::volume_delegate
