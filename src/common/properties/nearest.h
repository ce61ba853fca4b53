#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vbs {

/// The candidate that `word` was most likely meant to be: the least edits away, and few enough for its
/// length. For "did you mean".
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace vbs
