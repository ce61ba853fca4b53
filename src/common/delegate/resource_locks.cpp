#include "common/delegate/resource_locks.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "common/model/error.h"
#include "common/system/duration.h"

namespace vbs::delegate {

ResourceLocks::ResourceLocks(system::Scheduler& scheduler, std::chrono::milliseconds patience)
    : patience_(patience), released_(scheduler) {}

ResourceLocks::Hold::Hold(ResourceLocks& locks, std::vector<std::string> ids)
    : locks_(&locks), ids_(std::move(ids)) {}

ResourceLocks::Hold::Hold(Hold&& other) noexcept
    : locks_(std::exchange(other.locks_, nullptr)), ids_(std::move(other.ids_)) {}

ResourceLocks::Hold::~Hold() {
  if (locks_ != nullptr) locks_->release(ids_);
}

ResourceLocks::Hold ResourceLocks::acquire(const OperationContext& context, std::vector<std::string> ids) {
  std::unique_lock lock(mutex_);
  const auto isHeld = [this](const std::string& id) { return holders_.contains(id); };
  const auto allFree = [&] { return std::none_of(ids.begin(), ids.end(), isHeld); };
  if (!released_.waitFor(lock, patience_, allFree)) {
    const auto& [id, holder] = *holders_.find(*std::find_if(ids.begin(), ids.end(), isHeld));
    throw Error(ErrorCode::Timeout,
                fmt::format("{} is still busy with operation {} (request {}) after {}; ask again later", id,
                            holder.operationId.str(), holder.requestId.str(), system::toString(patience_)),
                id);
  }
  for (const std::string& id : ids) holders_.emplace(id, context);
  return {*this, std::move(ids)};
}

void ResourceLocks::release(const std::vector<std::string>& ids) {
  {
    const std::lock_guard lock(mutex_);
    for (const std::string& id : ids) holders_.erase(id);
  }
  released_.notifyAll();
}

}  // namespace vbs::delegate
