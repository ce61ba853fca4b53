#pragma once

#include <string_view>

#include "cli/invocation.h"

namespace vbs::cli {

/// "table", "text" or "json". Throws Error{InvalidParameter}.
OutputFormat parseOutputFormat(std::string_view name);

}  // namespace vbs::cli
