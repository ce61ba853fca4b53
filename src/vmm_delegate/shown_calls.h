#pragma once

#include <span>

#include "common/delegate/dry_run.h"

namespace vbs::vmm_delegate {

/// The calls of the VMM Delegate that run commands, in the order of VmmDelegate: for `--explain`.
std::span<const delegate::ShownCall> shownCalls();

}  // namespace vbs::vmm_delegate
