#include "common/delegate/commanders.h"

#include <algorithm>
#include <cstddef>

namespace vbs::delegate {
namespace {

/// Whoever may call may give any instance: what is remembered of them is bounded.
constexpr std::size_t kMaxRemembered = 64;

}  // namespace

std::vector<std::string> Commanders::hear(const Commander& service) {
  const std::lock_guard lock(mutex_);
  const auto now = now_();
  auto known = std::find_if(entries_.begin(), entries_.end(),
                            [&](const Entry& entry) { return entry.service.instance == service.instance; });
  if (known == entries_.end()) known = entries_.insert(entries_.begin(), {service, now, now});
  known->last = now;
  entries_.splice(entries_.begin(), entries_, known);
  if (entries_.size() > kMaxRemembered) entries_.pop_back();

  std::vector<std::string> others;
  for (const Entry& entry : entries_) {
    const bool isOther = entry.service.instance != service.instance;
    if (isOther && entry.last > known->first && now - entry.last <= kSilence) {
      others.push_back(entry.service.name);
    }
  }
  return others;
}

}  // namespace vbs::delegate
