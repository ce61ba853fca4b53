#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace vbs::soap {

/// `text` with A-Z in lower case, whatever the locale.
inline std::string lowerAscii(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return result;
}

}  // namespace vbs::soap
