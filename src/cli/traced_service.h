#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/api/vbs_service.h"

namespace vbs::cli {

/// Tells about every call of another VbsService: its name, how long it took and how it ended.
/// Thread-safe as far as `log` is.
std::unique_ptr<VbsService> traced(std::unique_ptr<VbsService> service,
                                   std::function<void(const std::string& line)> log);

}  // namespace vbs::cli
