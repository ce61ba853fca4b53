#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vbs {

/// The candidate that `word` was most likely meant to be, for "did you mean". It needs the fewest edits, and
/// few enough for its length.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace vbs
