#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/api/vbs_admin.h"

namespace vbs::cli {

/// Another VbsAdmin, with a line about every call of it (call_trace.h). Thread-safe as far as `log` is.
std::unique_ptr<VbsAdmin> traced(std::unique_ptr<VbsAdmin> admin,
                                 std::function<void(const std::string& line)> log);

}  // namespace vbs::cli
