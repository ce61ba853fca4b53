#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "common/api/context.h"

namespace vbs::delegate {

/// Remembers the operations, which of them have changed something and which are being undone. So a late call
/// is refused instead of changing what came after it. The operations on one resource follow each other: the
/// next one's call tells that the one before is over, with its undoing. Kept in memory only, as a restart
/// closes the connections that could bring a late call. Thread-safe.
class OperationFence {
public:
  using Clock = std::chrono::steady_clock;

  /// What is remembered at most. What was heard of least recently is forgotten first.
  struct Limits {
    std::size_t operations = 100'000;
    Clock::duration age = std::chrono::hours(1);
  };

  explicit OperationFence(Limits limits, std::function<Clock::time_point()> now = Clock::now);

  enum class Verdict {
    Pass,
    Undone,  ///< the call is none of the undo calls of an operation that is being undone
    Over,    ///< another operation has passed for the resource since
  };

  /// An undo has come: from now on only undo calls of its operation pass.
  void raise(const OperationId& operationId);
  /// Whether a call may begin. One that may makes its operation the resource's present one. `resource`: what
  /// the operation owns, the same in all its calls.
  Verdict pass(const OperationContext& context, const std::string& resource);

  /// A call of the operation has changed something, whatever became of the call.
  void noteChange(const OperationId& operationId);
  bool hasChanged(const OperationId& operationId);

private:
  struct Entry {
    OperationId operationId;
    std::string resource = {};  ///< empty before its first call has passed
    bool isUndone = false;
    bool isOver = false;
    bool hasChanged = false;
    Clock::time_point heardOf = {};
  };

  Entry& entryOf(const OperationId& operationId);
  void forgetOld();

  const Limits limits_;
  const std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  std::list<Entry> oldestFirst_;
  std::unordered_map<OperationId, std::list<Entry>::iterator> byId_;
  std::unordered_map<std::string, OperationId> present_;  // by resource
};

}  // namespace vbs::delegate
