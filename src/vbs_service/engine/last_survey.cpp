#include "vbs_service/engine/last_survey.h"

#include <utility>

namespace vbs::engine {
namespace {

template <class Seen>
void replace(Seen& seen, Seen now, ListingState state) {
  if (state == ListingState::Unknown) return;
  if (state == ListingState::Partial) now.merge(seen);
  seen = std::move(now);
}

}  // namespace

void LastSurvey::seeTargets(Targets targets, ListingState state) {
  const std::lock_guard lock(mutex_);
  replace(targets_, std::move(targets), state);
}

void LastSurvey::seeIds(std::set<std::string> ids, ListingState state) {
  const std::lock_guard lock(mutex_);
  replace(ids_, std::move(ids), state);
}

void LastSurvey::seeHost(const VmmHostname& host, std::set<VolumeId> shown, system::Clock::TimePoint when) {
  const std::lock_guard lock(mutex_);
  hosts_.insert_or_assign(host, Host{std::move(shown), when});
}

void LastSurvey::seeGone(const VmmHostname& host, const VolumeId& id) {
  const std::lock_guard lock(mutex_);
  const auto seen = hosts_.find(host);
  if (seen != hosts_.end()) seen->second.shown.erase(id);
}

void LastSurvey::seeLeft(const VmmHostname& host, const VolumeId& id, bool isInVm,
                         const std::optional<TargetIdentity>& target) {
  const std::lock_guard lock(mutex_);
  if (isInVm) strays_.insert_or_assign(id, host);
  if (target) targets_.insert_or_assign(target->targetId, id);
  const auto seen = hosts_.find(host);
  if (seen != hosts_.end()) seen->second.shown.insert(id);
}

bool LastSurvey::showedNothing(const VmmHostname& host, const VolumeId& id,
                               system::Clock::TimePoint now) const {
  const std::lock_guard lock(mutex_);
  const auto seen = hosts_.find(host);
  return seen != hosts_.end() && now - seen->second.when <= kBelieved && !seen->second.shown.contains(id);
}

std::set<TargetId> LastSurvey::targetIds() const {
  const std::lock_guard lock(mutex_);
  std::set<TargetId> ids;
  for (const auto& [id, volume] : targets_) ids.insert(id);
  return ids;
}

std::optional<TargetId> LastSurvey::targetIdOf(const VolumeId& id) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [targetId, volume] : targets_) {
    if (volume == id) return targetId;
  }
  return std::nullopt;
}

std::set<std::string> LastSurvey::ids() const {
  const std::lock_guard lock(mutex_);
  return ids_;
}

std::optional<VmmHostname> LastSurvey::strayAt(const VolumeId& id) const {
  const std::lock_guard lock(mutex_);
  const auto stray = strays_.find(id);
  return stray == strays_.end() ? std::nullopt : std::optional(stray->second);
}

}  // namespace vbs::engine
