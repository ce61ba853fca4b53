#pragma once

#include <cstddef>

namespace vbs::daemon {

/// How many connections may be open at once: at most `wanted`, at least 1. Every request on them must still
/// find the descriptors that it needs for commands or for calls of delegates. At most `requests` run at once;
/// `descriptors` may be open.
std::size_t connectionsThatFit(std::size_t wanted, std::size_t requests, std::size_t descriptors);

}  // namespace vbs::daemon
