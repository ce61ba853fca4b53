#include "common/model/uuid.h"

#include <cstdint>
#include <random>
#include <string_view>

namespace vbs {

std::string randomUuid() {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-4xxx-Vxxx-xxxxxxxxxxxx";
  constexpr std::string_view kHex = "0123456789abcdef";
  thread_local std::random_device entropy;
  std::string uuid;
  std::uint32_t bits = 0;
  int left = 0;
  const auto draw = [&] {
    if (left == 0) {
      bits = entropy();
      left = 8;
    }
    const std::uint32_t nibble = bits & 0xFU;
    bits >>= 4U;
    --left;
    return nibble;
  };
  for (const char c : kShape) {
    if (c == 'x') {
      uuid += kHex[draw()];
    } else if (c == 'V') {
      uuid += kHex[0x8U | (draw() & 0x3U)];  // the variant: binary 10xx
    } else {
      uuid += c;
    }
  }
  return uuid;
}

}  // namespace vbs
