#include "common/soap/charset.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/model/text.h"

namespace vbs::soap {

bool isUtf8Charset(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kNames{"utf-8", "utf8", "utf_8", "us-ascii", "ascii"};
  const std::string lower = lowerAscii(name);
  return std::find(kNames.begin(), kNames.end(), lower) != kNames.end();
}

}  // namespace vbs::soap
