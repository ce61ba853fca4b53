#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace vbs::system {

/// "500ms", "30s", "5m" or "24h": a whole number and its unit, from 1 ms to 7 days. Nothing for other texts.
std::optional<std::chrono::milliseconds> parseDuration(std::string_view text);

/// The same in the largest unit that is exact.
std::string toString(std::chrono::milliseconds duration);

}  // namespace vbs::system
