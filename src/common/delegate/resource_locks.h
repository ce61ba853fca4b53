#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "common/api/context.h"
#include "common/system/scheduler.h"

namespace vbs::delegate {

/// One lock per volume or snapshot: calls about one follow each other, calls about different ones run at the
/// same time. What nobody holds takes no memory. Thread-safe.
class ResourceLocks {
public:
  /// `patience`: how long a call waits for the one before it.
  ResourceLocks(system::Scheduler& scheduler, std::chrono::milliseconds patience);

  /// The resources of one call, given back when it ends. Must not outlive the ResourceLocks.
  class Hold {
  public:
    Hold(Hold&& other) noexcept;
    Hold(const Hold&) = delete;
    Hold& operator=(Hold&&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold();

  private:
    friend ResourceLocks;
    Hold(ResourceLocks& locks, std::vector<std::string> ids);

    ResourceLocks* locks_;
    std::vector<std::string> ids_;
  };

  /// Takes all of `ids` at once, so that calls which need several of them cannot block each other for ever.
  /// Throws Error{Timeout} that names the operation which holds the one that was waited for.
  [[nodiscard]] Hold acquire(const OperationContext& context, std::vector<std::string> ids);

private:
  void release(const std::vector<std::string>& ids);

  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  system::Condition released_;
  std::map<std::string, OperationContext, std::less<>> holders_;
};

}  // namespace vbs::delegate
