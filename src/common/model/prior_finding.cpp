#include "common/model/prior_finding.h"

#include <array>
#include <utility>

namespace vbs {
namespace {

constexpr std::array kPresences{
    std::pair{Presence::Absent, std::string_view{"absent"}},
    std::pair{Presence::Present, std::string_view{"present"}},
    std::pair{Presence::Unknown, std::string_view{"unknown"}},
};

}  // namespace

std::string_view toString(Presence presence) {
  for (const auto& [value, name] : kPresences) {
    if (value == presence) return name;
  }
  return "unknown";
}

std::optional<Presence> parsePresence(std::string_view name) {
  for (const auto& [value, known] : kPresences) {
    if (known == name) return value;
  }
  return std::nullopt;
}

}  // namespace vbs
