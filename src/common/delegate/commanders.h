#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <vector>

#include "common/api/delegate_identity.h"

namespace vbs::delegate {

/// Which services command this delegate. A service that was restarted has a new instance, and its old
/// instance never speaks again. So an instance that speaks after another one has begun to is a second
/// service. In memory only. Thread-safe.
class Commanders {
public:
  using Clock = std::chrono::steady_clock;

  /// How long a service that fell silent counts as commanding: it may have been stopped.
  static constexpr std::chrono::minutes kSilence{10};

  explicit Commanders(std::function<Clock::time_point()> now = Clock::now) : now_(std::move(now)) {}

  /// `service` speaks. Returns the names of the others that spoke since it first did, and within kSilence.
  std::vector<std::string> hear(const Commander& service);

private:
  struct Entry {
    Commander service;
    Clock::time_point first;
    Clock::time_point last;
  };

  const std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // heard of last first
};

}  // namespace vbs::delegate
