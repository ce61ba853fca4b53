#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vbs::capacity {

/// How much may be promised: the sizes of all volumes together, as a multiple of what the volume server has.
/// Immutable.
class Overcommit {
public:
  static constexpr double kMin = 0.01;
  static constexpr double kMax = 1000;

  /// Without a limit.
  Overcommit() = default;
  /// `text`: "unlimited", or a decimal number from kMin to kMax such as "1" or "2.5". Throws
  /// Error{InvalidParameter}.
  explicit Overcommit(const std::string& text);

  bool isLimited() const noexcept { return ratio_.has_value(); }
  /// As it was given.
  const std::string& str() const noexcept { return text_; }

  /// What volumes may have together, in whole GiB, where the volume server has `totalBytes`; nothing where
  /// there is no limit.
  std::optional<std::int64_t> limitGiB(std::int64_t totalBytes) const;

private:
  std::optional<double> ratio_;
  std::string text_ = "unlimited";
};

}  // namespace vbs::capacity
