#include "common/system/duration.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace vbs::system {
namespace {

/// The largest first.
constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kUnits{
    {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::int64_t kMax = std::int64_t{7} * 24 * 3'600'000;

}  // namespace

std::optional<std::chrono::milliseconds> parseDuration(std::string_view text) {
  std::int64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{} || count < 1 || count > kMax) return std::nullopt;
  const std::string_view suffix(parsed, static_cast<std::size_t>(end - parsed));
  for (const auto& [unit, milliseconds] : kUnits) {
    if (suffix == unit && count <= kMax / milliseconds)
      return std::chrono::milliseconds(count * milliseconds);
  }
  return std::nullopt;
}

std::string toString(std::chrono::milliseconds duration) {
  for (const auto& [unit, milliseconds] : kUnits) {
    if (duration.count() != 0 && duration.count() % milliseconds == 0) {
      return std::to_string(duration.count() / milliseconds) + std::string(unit);
    }
  }
  return std::to_string(duration.count()) + "ms";
}

}  // namespace vbs::system
