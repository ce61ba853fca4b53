#pragma once

#include <optional>
#include <string>

namespace vbs::cli {

/// Where the service that is at `endpoint` is asked as VbsAdmin.
std::string adminEndpoint(const std::string& endpoint);

/// What was probably meant by `endpoint` when nothing is there: the usual path of the service on the same
/// host. None when that is what was asked.
std::optional<std::string> likelyEndpoint(const std::string& endpoint);

}  // namespace vbs::cli
