#pragma once

#include "common/delegate/delegate_settings.h"

namespace vbs::vmm_delegate {

using DaemonSettings = delegate::DelegateSettings;

/// Ends the process after --help, --version and usage errors.
DaemonSettings parseSettings(int argc, const char* const* argv);

}  // namespace vbs::vmm_delegate
