#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/api/vbs_service.h"

namespace vbs::cli {

/// Another VbsService, with a line about every call of it (call_trace.h). Thread-safe as far as `log` is.
std::unique_ptr<VbsService> traced(std::unique_ptr<VbsService> service,
                                   std::function<void(const std::string& line)> log);

}  // namespace vbs::cli
