#include "vbs_service/hosts/last_seen.h"

namespace vbs::service {

void LastSeen::record(const std::string& part, const std::optional<std::string>& unanswered) {
  const std::lock_guard lock(mutex_);
  if (unanswered) {
    hindrances_.insert_or_assign(part, *unanswered);
  } else {
    hindrances_.erase(part);
  }
}

std::optional<std::string> LastSeen::hindrance(const std::string& part) const {
  const std::lock_guard lock(mutex_);
  const auto found = hindrances_.find(part);
  return found == hindrances_.end() ? std::nullopt : std::optional(found->second);
}

std::map<std::string, std::string> LastSeen::hindrances() const {
  const std::lock_guard lock(mutex_);
  return hindrances_;
}

}  // namespace vbs::service
