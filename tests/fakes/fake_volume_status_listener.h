#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/api/volume_status_listener.h"

namespace vbs {

/// Keeps what it is told. Thread-safe.
class FakeVolumeStatusListener : public VolumeStatusListener {
public:
  struct Told {
    VolumeId volumeId;
    VolumeStatus status;
    std::optional<std::string> reason;
    bool operator==(const Told&) const = default;
  };

  void volumeStatusChanged(const RequestId& /*requestId*/, const VolumeId& volumeId, VolumeStatus status,
                           const std::optional<std::string>& reason) override {
    const std::lock_guard lock(mutex_);
    told_.push_back({volumeId, status, reason});
    changed_.notify_all();
    if (failing_) throw std::runtime_error("nobody listens");
  }

  /// From now on telling it fails, though it still keeps what it is told.
  void failFromNowOn() {
    const std::lock_guard lock(mutex_);
    failing_ = true;
  }

  /// Waits until it was told `count` times.
  std::vector<Told> waitFor(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return told_.size() >= count; });
    return told_;
  }

  std::vector<Told> told() const {
    const std::lock_guard lock(mutex_);
    return told_;
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Told> told_;
  bool failing_ = false;
};

}  // namespace vbs
