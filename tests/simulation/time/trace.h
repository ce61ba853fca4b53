#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/system/clock.h"

namespace vbs::simulation {

/// All that happens in a run, in its order, as a hash; and for people, as lines. Two runs of a seed have the
/// same hash. Used by one thread at a time.
class Trace {
public:
  /// Called with each line; may be empty.
  using Writer = std::function<void(const std::string& line)>;

  explicit Trace(Writer write = nullptr) : write_(std::move(write)) {}

  /// `who`: the part that it happens to, "service" or "host1".
  void note(system::Clock::TimePoint when, std::string_view who, std::string_view what);
  /// For people only: what is not the same in each run of a seed, such as how long something really took.
  void comment(system::Clock::TimePoint when, std::string_view who, std::string_view what) const;
  /// Into the hash only.
  void mix(std::uint64_t value);
  /// One more thing has gone wrong.
  void countFault() noexcept { ++faults_; }

  std::uint64_t hash() const noexcept { return hash_; }
  std::uint64_t faults() const noexcept { return faults_; }
  bool isWritten() const noexcept { return static_cast<bool>(write_); }

private:
  void mix(std::string_view text);

  Writer write_;
  std::uint64_t faults_ = 0;
  std::uint64_t hash_ = 14695981039346656037ULL;  // FNV-1a
};

}  // namespace vbs::simulation
