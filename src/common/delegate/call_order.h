#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/api/context.h"

namespace vbs::delegate {

/// Remembers of each resource the highest number of a call that was heard, so that a late call is refused
/// instead of changing what came after it; and which operation has changed it last. Kept in memory only, as a
/// restart closes the connections that could bring a late call. Thread-safe.
class CallOrder {
public:
  using Clock = std::chrono::steady_clock;

  /// What is remembered at most. What was heard of least recently is forgotten first; late calls do not count,
  /// so that a caller whose numbers went back is heard again after `age`.
  struct Limits {
    std::size_t resources = 100'000;
    Clock::duration age = std::chrono::hours(1);
  };

  explicit CallOrder(Limits limits, std::function<Clock::time_point()> now = Clock::now);

  /// A call has come, and whatever has a lower number is late from now on. `resource`: what its operation
  /// owns, the same in all its calls.
  void hear(const OperationContext& context, const std::string& resource);
  /// The number of the later call that was heard of the resource; nothing when there was none, so that this
  /// one may begin. A call without a number is never late.
  std::optional<std::int64_t> laterThan(const OperationContext& context, const std::string& resource);

  /// A call of the operation has changed something, whatever became of the call.
  void noteChange(const OperationId& operationId, const std::string& resource);
  /// That is forgotten when another operation changes the resource.
  bool hasChanged(const OperationId& operationId, const std::string& resource);

private:
  struct Entry {
    std::string resource;
    std::int64_t highest = 0;
    std::optional<OperationId> changedBy = std::nullopt;
    Clock::time_point heardOf = {};
  };

  std::optional<std::int64_t> laterThan(std::optional<std::int64_t> number, const std::string& resource);
  Entry& entryOf(const std::string& resource);
  void forgetOld();

  const Limits limits_;
  const std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  std::list<Entry> oldestFirst_;
  std::unordered_map<std::string, std::list<Entry>::iterator> byResource_;
};

}  // namespace vbs::delegate
