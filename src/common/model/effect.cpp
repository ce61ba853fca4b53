#include "common/model/effect.h"

#include <array>
#include <utility>

namespace vbs {
namespace {

constexpr std::array kNames{
    std::pair{Effect::None, std::string_view{"none"}},
    std::pair{Effect::Partial, std::string_view{"partial"}},
    std::pair{Effect::Unknown, std::string_view{"unknown"}},
};

}  // namespace

std::string_view toString(Effect effect) {
  for (const auto& [value, name] : kNames) {
    if (value == effect) return name;
  }
  return "unknown";
}

std::optional<Effect> parseEffect(std::string_view name) {
  for (const auto& [value, text] : kNames) {
    if (text == name) return value;
  }
  return std::nullopt;
}

}  // namespace vbs
