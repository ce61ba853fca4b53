#include "vbs_service/metadata/short_id.h"

#include <cstdint>

namespace vbs::metadata {

std::string shortId(std::string_view prefix, std::string_view uuid) {
  std::uint32_t hash = 2166136261U;
  for (const char c : uuid) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id(prefix);
  for (unsigned shift = 32; shift > 0; shift -= 4) id += kDigits[(hash >> (shift - 4)) & 0xFU];
  return id;
}

}  // namespace vbs::metadata
