#pragma once

#include "cli/exit_code.h"
#include "cli/invocation.h"
#include "cli/output.h"
#include "cli/record_format.h"
#include "common/api/vbs_admin.h"

namespace vbs::cli {

/// Does `command` with `admin`: writes the answer to `out` and what needs an administrator's eye to `err`. A
/// reconcile that left a drift as it is for want of success, or that could not look everywhere, is Refused.
/// Throws what `admin` throws, and OutputError.
ExitCode administer(const AdminCommand& command, VbsAdmin& admin, const RecordFormat& format, Output& out,
                    Output& err);

}  // namespace vbs::cli
