#include "vbs_service/capacity/overcommit.h"

#include <charconv>
#include <cmath>

#include "common/model/error.h"
#include "common/model/text.h"

namespace vbs::capacity {
namespace {

constexpr double kBytesPerGiB = 1024.0 * 1024.0 * 1024.0;

double parseRatio(const std::string& text) {
  double ratio = 0;
  const char* const textEnd = text.data() + text.size();
  const auto [end, failed] = std::from_chars(text.data(), textEnd, ratio, std::chars_format::fixed);
  // Written so that "nan" is refused too.
  if (failed != std::errc() || end != textEnd || !(ratio >= Overcommit::kMin && ratio <= Overcommit::kMax)) {
    throw Error(ErrorCode::InvalidParameter, "overcommit is \"" + printable(text) +
                                                 "\": expected a number from 0.01 to 1000, or unlimited");
  }
  return ratio;
}

}  // namespace

Overcommit::Overcommit(const std::string& text) : text_(text) {
  if (text != "unlimited") ratio_ = parseRatio(text);
}

std::optional<std::int64_t> Overcommit::limitGiB(std::int64_t totalBytes) const {
  if (!ratio_) return std::nullopt;
  return static_cast<std::int64_t>(std::floor(*ratio_ * static_cast<double>(totalBytes) / kBytesPerGiB));
}

}  // namespace vbs::capacity
