#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "common/model/drift.h"
#include "common/model/records.h"
#include "common/system/clock.h"
#include "vbs_service/reconcile/finding.h"

namespace vbs::reconcile {

/// Remembers from run to run which drifts there are. So each is logged when it comes, when it cannot be
/// mended and when it goes, and not at each look. Not thread-safe.
class DriftLog {
public:
  explicit DriftLog(const system::Clock& clock) : clock_(clock) {}

  /// Begins a run of the reconciliation, whose log lines carry `requestId`.
  void beginRun(const RequestId& requestId);
  /// In this run there is this difference. Returns when it was first seen.
  Time seen(const Difference& difference, const std::string& remark);
  void repaired(const Difference& difference);
  void failed(const Difference& difference, const std::string& why);
  /// Since it came.
  bool hasFailed(const Difference& difference) const;
  /// Those that were not seen in this run are gone, unless it could not be told.
  void endRun(const std::function<bool(const Difference&)>& couldBeTold);

  std::int64_t countSeen() const noexcept { return countSeen_; }
  std::int64_t countRepaired() const noexcept { return countRepaired_; }

private:
  struct Key {
    DriftKind kind;
    std::string resourceId;
    std::optional<VmmHostname> vmmHostname;
    auto operator<=>(const Key&) const = default;
  };
  struct Entry {
    Difference difference;
    Time firstSeen;
    int lastRun = 0;
    int repairs = 0;
    bool hasFailed = false;
  };

  static Key keyOf(const Difference& difference);
  Entry& entryOf(const Difference& difference) { return entries_.at(keyOf(difference)); }

  const system::Clock& clock_;
  std::map<Key, Entry> entries_;
  int run_ = 0;
  std::string requestId_;
  std::int64_t countSeen_ = 0;
  std::int64_t countRepaired_ = 0;
};

}  // namespace vbs::reconcile
