#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vbs {

/// How far a listing of what really exists can be believed.
enum class ListingState {
  Complete,  ///< what it does not show is not there
  Partial,   ///< what it shows is there; what it does not show may be there too
  Unknown,   ///< it tells nothing
};

/// The names are the wire's: "complete" and so on.
std::string_view toString(ListingState state);
std::optional<ListingState> parseListingState(std::string_view name);

/// What a list command showed. Nothing may be taken away on the word of one that is not complete. A value
/// type.
template <class Item>
struct Listing {
  std::vector<Item> items = {};
  ListingState state = ListingState::Complete;
  std::string reason = {};  ///< for people: why it is not complete

  static Listing unknown(std::string why) { return {{}, ListingState::Unknown, std::move(why)}; }

  bool isComplete() const noexcept { return state == ListingState::Complete; }
  auto begin() const noexcept { return items.begin(); }
  auto end() const noexcept { return items.end(); }
  bool operator==(const Listing&) const = default;
};

}  // namespace vbs
