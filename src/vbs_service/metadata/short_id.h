#pragma once

#include <string>
#include <string_view>

namespace vbs::metadata {

/// `prefix` and the 32-bit FNV-1a hash of a UUID in 8 hexadecimal digits: vol-0a1b2c3d.
std::string shortId(std::string_view prefix, std::string_view uuid);

}  // namespace vbs::metadata
