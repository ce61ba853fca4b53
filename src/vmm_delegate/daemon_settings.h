#pragma once

#include "common/delegate/delegate_settings.h"

namespace vbs::vmm_delegate {

using DaemonSettings = delegate::DelegateSettings;

/// Ends the process after --help and --version. See OnUsageError for what it throws.
DaemonSettings parseSettings(int argc, const char* const* argv,
                             daemon::OnUsageError onUsageError = daemon::OnUsageError::EndProcess);

}  // namespace vbs::vmm_delegate
