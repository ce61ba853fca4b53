#pragma once

#include "cli/exit_code.h"
#include "cli/invocation.h"
#include "cli/output.h"
#include "cli/record_format.h"
#include "common/api/vbs_admin.h"

namespace vbs::cli {

/// Does `command` with `admin`. Writes the answer to `out`, and to `err` what an administrator has to look
/// at. A reconcile that failed to mend a drift, or could not look everywhere, is Refused. Throws what `admin`
/// throws, and OutputError.
ExitCode administer(const AdminCommand& command, VbsAdmin& admin, const RecordFormat& format, Output& out,
                    Output& err);

}  // namespace vbs::cli
