#pragma once

#include <compare>
#include <cstdint>

namespace vbs {

/// The size of a volume or snapshot in GiB (2^30 bytes), 1 to 1048576 (1 PiB, so that bytes fit an int64).
class SizeGiB {
public:
  static constexpr std::int64_t kMin = 1;
  static constexpr std::int64_t kMax = 1048576;

  /// Throws Error{InvalidParameter} outside kMin..kMax.
  explicit SizeGiB(std::int64_t gib);

  std::int64_t count() const noexcept { return gib_; }
  std::int64_t bytes() const noexcept { return gib_ * (std::int64_t{1} << 30); }
  auto operator<=>(const SizeGiB&) const = default;

private:
  std::int64_t gib_;
};

}  // namespace vbs
