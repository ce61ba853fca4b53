#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/api/vbs_service.h"

namespace vbs::cli {

/// Tells about every call of another VbsService: its name, how long it took and how it ended, a
/// refusal with the request id under which the service logged it.
/// Thread-safe as far as `log` is.
std::unique_ptr<VbsService> traced(std::unique_ptr<VbsService> service,
                                   std::function<void(const std::string& line)> log);

}  // namespace vbs::cli
