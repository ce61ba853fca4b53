#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/model/error.h"

namespace vbs {

/// When a scripted fault strikes: before the call had any effect, or after it had all of it (the answer was
/// lost).
enum class FaultPoint { Before, After };

/// Which calls of a fake delegate fail, wait or are watched. Thread-safe.
class FaultScript {
public:
  /// A call that waits inside the fake. Lets it go at the end.
  class Block {
  public:
    ~Block() { release(); }
    /// Returns once the call has arrived.
    void awaitArrival() {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return arrived_; });
    }
    void release() {
      const std::lock_guard lock(mutex_);
      released_ = true;
      changed_.notify_all();
    }

  private:
    friend class FaultScript;
    void arrive() {
      std::unique_lock lock(mutex_);
      arrived_ = true;
      changed_.notify_all();
      changed_.wait(lock, [this] { return released_; });
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    bool arrived_ = false;
    bool released_ = false;
  };

  using Hook = std::function<void(const std::string& call, FaultPoint point)>;

  /// The next `times` calls of that name fail.
  void fail(const std::string& call, const Error& error, FaultPoint point = FaultPoint::Before,
            int times = 1) {
    const std::lock_guard lock(mutex_);
    faults_.push_back({call, error, point, times});
  }
  /// All calls of that name fail until heal().
  void failAlways(const std::string& call, const Error& error, FaultPoint point = FaultPoint::Before) {
    fail(call, error, point, -1);
  }
  void heal() {
    const std::lock_guard lock(mutex_);
    faults_.clear();
    chance_ = 0;
    hook_ = nullptr;
  }
  /// The next call of that name waits before it has any effect.
  std::shared_ptr<Block> block(const std::string& call) {
    const std::lock_guard lock(mutex_);
    blocks_.emplace_back(call, std::make_shared<Block>());
    return blocks_.back().second;
  }
  /// Each call fails with this probability, before or after its effect.
  void failAtRandom(double chance, unsigned seed, const Error& error) {
    const std::lock_guard lock(mutex_);
    chance_ = chance;
    random_.seed(seed);
    randomError_ = error;
  }
  /// Called at both points of every call, without any lock; may throw.
  void watch(Hook hook) {
    const std::lock_guard lock(mutex_);
    hook_ = std::move(hook);
  }
  /// The names of the calls so far; undo calls as "undo:name".
  std::vector<std::string> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  void forgetCalls() {
    const std::lock_guard lock(mutex_);
    calls_.clear();
  }

  /// For the fakes: at the begin and at the end of a call.
  void at(FaultPoint point, const std::string& call) {
    Hook hook;
    std::shared_ptr<Block> block;
    std::optional<Error> error;
    {
      const std::lock_guard lock(mutex_);
      if (point == FaultPoint::Before) {
        calls_.push_back(call);
        for (auto it = blocks_.begin(); it != blocks_.end(); ++it) {
          if (it->first != call) continue;
          block = it->second;
          blocks_.erase(it);
          break;
        }
      }
      hook = hook_;
      error = drawFault(point, call);
    }
    if (block) block->arrive();
    if (hook) hook(call, point);
    if (error) throw Error(*error);
  }

private:
  struct Fault {
    std::string call;
    Error error;
    FaultPoint point;
    int times;
  };

  std::optional<Error> drawFault(FaultPoint point, const std::string& call) {
    for (auto it = faults_.begin(); it != faults_.end(); ++it) {
      if (it->call != call || it->point != point) continue;
      Error error = it->error;
      if (it->times > 0 && --it->times == 0) faults_.erase(it);
      return error;
    }
    if (chance_ > 0 && std::bernoulli_distribution(chance_ / 2)(random_)) return randomError_;
    return std::nullopt;
  }

  mutable std::mutex mutex_;
  std::list<Fault> faults_;
  std::list<std::pair<std::string, std::shared_ptr<Block>>> blocks_;
  std::vector<std::string> calls_;
  Hook hook_;
  double chance_ = 0;
  std::mt19937 random_;
  std::optional<Error> randomError_;
};

}  // namespace vbs
