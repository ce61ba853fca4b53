#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <unordered_map>

#include "common/model/ids.h"

namespace vbs::delegate {

/// Remembers the operations that are being undone, so that a call of theirs that was long on its way is
/// refused instead of redoing what was just undone. Kept in memory only: a restart closes the connections
/// that could bring such a call. Thread-safe.
class UndoFence {
public:
  using Clock = std::chrono::steady_clock;

  /// What is remembered at most; the oldest is forgotten first.
  struct Limits {
    std::size_t operations = 100'000;
    Clock::duration age = std::chrono::hours(1);
  };

  explicit UndoFence(Limits limits, std::function<Clock::time_point()> now = Clock::now);

  void remember(const OperationId& operationId);
  bool isUndone(const OperationId& operationId);

private:
  struct Entry {
    OperationId operationId;
    Clock::time_point seen;
  };

  void forgetOld();

  const Limits limits_;
  const std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  std::list<Entry> oldestFirst_;
  std::unordered_map<OperationId, std::list<Entry>::iterator> byId_;
};

}  // namespace vbs::delegate
