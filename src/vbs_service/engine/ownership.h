#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "common/model/ids.h"
#include "common/system/scheduler.h"
#include "vbs_service/engine/retrier.h"
#include "vbs_service/metadata/metadata_store.h"
#include "vbs_service/metadata/operation_kind.h"

namespace vbs::engine {

/// Waits for the operation that owns a volume, where asking again in a moment would be the only alternative.
/// Thread-safe.
class Ownership {
public:
  /// Store and retrier must outlive the Ownership. `kinds`: of all operations that there are. `patience`: how
  /// long a caller waits at most.
  Ownership(system::Scheduler& scheduler, metadata::MetadataStore& store, Retrier& retrier,
            std::vector<metadata::OperationKind> kinds, std::chrono::milliseconds patience);

  /// Waits until nobody works on the operation that owns the volume, and takes it from the retrier: it is the
  /// caller's to replace, or to give back. Nothing when the volume has no owner, or the patience ended.
  std::optional<OperationId> takeOver(const VolumeId& volumeId);

  /// Waits while an operation of a brief kind owns the volume, until the patience ends or it fails: one that
  /// has failed may take any time.
  void awaitUsersTurn(const VolumeId& volumeId);

  /// An operation has ended, or was left to the retrier.
  void changed();
  /// Nobody waits any longer.
  void stop();

private:
  /// One that has failed already may take any time.
  bool isBrief(const metadata::Operation& operation) const;
  std::uint64_t changes() const;
  /// False when the deadline has come, or stop().
  bool awaitChangeAfter(std::uint64_t seen, system::Clock::TimePoint deadline);

  const system::Clock& clock_;
  metadata::MetadataStore& store_;
  Retrier& retrier_;
  const std::vector<metadata::OperationKind> kinds_;
  const std::chrono::milliseconds patience_;
  mutable std::mutex mutex_;
  system::Condition changed_;
  std::uint64_t changes_ = 0;
  bool stopping_ = false;
};

}  // namespace vbs::engine
