#pragma once

#include <string>

#include "cli/invocation.h"
#include "common/model/error.h"

namespace vbs::cli {

/// What a person is told when the service refuses `command`: "vbs: CODE: message", the end of the failed
/// command's stderr, and "vbs: try: ..." where there is an obvious next step. Whole lines, safe to print.
std::string describeRefusal(const Error& error, const Command& command);

}  // namespace vbs::cli
