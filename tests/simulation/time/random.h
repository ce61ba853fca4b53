#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>

namespace vbs::simulation {

/// Draws that a seed repeats, on every machine. Not thread-safe.
class Random {
public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t next() { return engine_(); }
  /// 0 to below - 1.
  std::size_t below(std::size_t below) { return static_cast<std::size_t>(engine_() % below); }
  /// With a probability of 0 to 1.
  bool chance(double probability) {
    constexpr double kUnit = 1.0 / 9007199254740992.0;  // 2^-53
    return static_cast<double>(engine_() >> 11U) * kUnit < probability;
  }
  /// `from` to `to`, both included.
  std::chrono::milliseconds between(std::chrono::milliseconds from, std::chrono::milliseconds to) {
    return from + std::chrono::milliseconds(below(static_cast<std::size_t>((to - from).count()) + 1));
  }
  template <class Items>
  const auto& anyOf(const Items& items) {
    return items[below(items.size())];
  }

private:
  std::mt19937_64 engine_;
};

}  // namespace vbs::simulation
