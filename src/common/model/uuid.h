#pragma once

#include <string>

namespace vbs {

/// A random UUID (RFC 4122, version 4) in lower case, from the system's entropy source. Thread-safe.
std::string randomUuid();

}  // namespace vbs
