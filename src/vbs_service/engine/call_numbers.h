#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "common/system/clock.h"
#include "vbs_service/metadata/metadata_store.h"

namespace vbs::engine {

/// The numbers that calls of delegates carry: each is higher than all before it, those of earlier runs of the
/// service too. So a delegate can tell a call that comes late, whatever came in between. They come from the
/// store in blocks, which follow the time of day. A block is used for a minute: a service whose metadata are
/// a copy or a backup of another one's is refused no longer than that, once its clock is beyond the other
/// one's last. Thread-safe.
class CallNumbers {
public:
  static constexpr std::chrono::minutes kUsedFor{1};

  /// Both must outlive it.
  CallNumbers(metadata::MetadataStore& store, const system::Clock& clock) : store_(store), clock_(clock) {}

  /// Takes a block from the store when none is in use. While that cannot be written, the last one is used up;
  /// then it throws Error{InternalError}, and gives no number.
  std::int64_t next();

private:
  metadata::MetadataStore& store_;
  const system::Clock& clock_;
  std::mutex mutex_;
  std::int64_t next_ = 0;
  std::int64_t end_ = 0;
  system::Clock::TimePoint usedUntil_{};
};

}  // namespace vbs::engine
