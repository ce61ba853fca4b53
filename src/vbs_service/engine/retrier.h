#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "common/model/ids.h"
#include "common/system/scheduler.h"

namespace vbs::engine {

struct RetrierSettings {
  std::size_t threads = 4;  ///< a host that does not answer holds up one of them at a time
  std::chrono::milliseconds firstDelay{1'000};
  std::chrono::milliseconds maxDelay{60'000};  ///< the delay doubles up to this
};

/// Settles operations that have reached no end, again and again with growing delays. Never gives up.
/// Thread-safe.
class Retrier {
public:
  /// `settle` returns when the operation has ended and throws when it has not; it runs on the retrier's
  /// threads, for one operation on one thread at a time.
  Retrier(system::Scheduler& scheduler, const RetrierSettings& settings,
          std::function<void(const OperationId&)> settle);
  /// stop() and join().
  ~Retrier();
  Retrier(const Retrier&) = delete;
  Retrier& operator=(const Retrier&) = delete;

  enum class When { Now, Later };
  /// Takes an operation into its care. One that it has already is left as it is.
  void add(const OperationId& id, When when);

  /// Takes an operation out of its care. While it is being tried, waits for the end of the try, which is the
  /// last one then. False when it is not there, or the try goes on past the deadline.
  bool release(const OperationId& id, system::Clock::TimePoint deadline);

  /// No further try begins.
  void stop();
  /// After stop(): waits for the tries that run. Called by one thread.
  void join();

private:
  struct Item {
    system::Clock::TimePoint due;
    std::chrono::milliseconds delay;
    bool active = false;
  };

  void serve();
  std::map<OperationId, Item>::iterator nextDue();

  const system::Clock& clock_;
  const RetrierSettings settings_;
  const std::function<void(const OperationId&)> settle_;
  std::mutex mutex_;
  system::Condition changed_;
  system::Condition tried_;
  bool stopping_ = false;
  std::map<OperationId, Item> items_;
  std::multiset<OperationId> wanted_;  ///< by those who wait to have them released: not tried again
  std::vector<system::Thread> threads_;
};

}  // namespace vbs::engine
