#pragma once

#include <cstddef>

namespace vbs::daemon {

/// How many connections may be open at once so that every request on them still finds the descriptors that it
/// needs, for commands or for calls of delegates: at most `wanted`, at least 1. `requests` run at once at
/// most; `descriptors` may be open.
std::size_t connectionsThatFit(std::size_t wanted, std::size_t requests, std::size_t descriptors);

}  // namespace vbs::daemon
