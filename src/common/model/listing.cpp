#include "common/model/listing.h"

#include <array>

namespace vbs {
namespace {

constexpr std::array kStates{
    std::pair{ListingState::Complete, std::string_view{"complete"}},
    std::pair{ListingState::Partial, std::string_view{"partial"}},
    std::pair{ListingState::Unknown, std::string_view{"unknown"}},
};

}  // namespace

std::string_view toString(ListingState state) {
  for (const auto& [value, name] : kStates) {
    if (value == state) return name;
  }
  return "unknown";
}

std::optional<ListingState> parseListingState(std::string_view name) {
  for (const auto& [value, known] : kStates) {
    if (known == name) return value;
  }
  return std::nullopt;
}

}  // namespace vbs
