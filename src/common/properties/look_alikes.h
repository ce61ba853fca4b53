#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vbs {

/// A character that a person takes for another one, or does not see at all.
struct LookAlike {
  std::size_t column;   ///< in characters, from 1
  std::string message;  ///< "U+2013, an en dash, is not the - that it looks like"
};

/// The first of each kind in a line of well-formed UTF-8: typographic quotes and dashes, blanks other than
/// space and tab, characters without width, controls. Word processors, web pages and chats put them into
/// commands. Letters of any language do not count.
std::vector<LookAlike> findLookAlikes(std::string_view line);

}  // namespace vbs
