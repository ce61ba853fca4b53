#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "common/model/ids.h"
#include "common/model/listing.h"
#include "common/model/target.h"

namespace vbs::workflows {

/// What the last survey saw and the metadata do not tell of. Target numbers and ids that are on the volume
/// server may be another VBS Service's, so they are not given (a number that was taken since is found out by
/// the pattern file, which refuses it). A volume that is in a VM without being attached there is attached
/// nowhere else. What hosts had of volumes, where their listings could be trusted, is known while they cannot
/// be. Thread-safe.
class LastSurvey {
public:
  /// What a partial listing does not show may still be there.
  void seeTargets(std::set<TargetId> ids, ListingState state) {
    const std::lock_guard lock(mutex_);
    replace(targetIds_, std::move(ids), state);
  }
  /// `ids`: of volumes and snapshots.
  void seeIds(std::set<std::string> ids, ListingState state) {
    const std::lock_guard lock(mutex_);
    replace(ids_, std::move(ids), state);
  }
  /// `strays`: volumes, and a host that has them in a VM.
  void seeStrays(std::map<VolumeId, VmmHostname> strays) {
    const std::lock_guard lock(mutex_);
    strays_ = std::move(strays);
  }
  /// `shown`: the volumes that a host has a session or a device of. Its listings were complete.
  void seeHost(const VmmHostname& host, std::set<VolumeId> shown) {
    const std::lock_guard lock(mutex_);
    atHosts_.insert_or_assign(host, std::move(shown));
  }
  /// A detach has taken away what the host had of the volume.
  void seeDetached(const VmmHostname& host, const VolumeId& id) {
    const std::lock_guard lock(mutex_);
    const auto seen = atHosts_.find(host);
    if (seen != atHosts_.end()) seen->second.erase(id);
  }

  /// True when the host could be trusted at a survey, and had nothing of the volume at the last such one,
  /// or has lost it by a detach since.
  bool showedNothing(const VmmHostname& host, const VolumeId& id) const {
    const std::lock_guard lock(mutex_);
    const auto seen = atHosts_.find(host);
    return seen != atHosts_.end() && !seen->second.contains(id);
  }
  std::set<TargetId> targetIds() const {
    const std::lock_guard lock(mutex_);
    return targetIds_;
  }
  std::set<std::string> ids() const {
    const std::lock_guard lock(mutex_);
    return ids_;
  }
  std::optional<VmmHostname> strayAt(const VolumeId& id) const {
    const std::lock_guard lock(mutex_);
    const auto stray = strays_.find(id);
    return stray == strays_.end() ? std::nullopt : std::optional(stray->second);
  }

private:
  template <class Id>
  static void replace(std::set<Id>& seen, std::set<Id> now, ListingState state) {
    if (state == ListingState::Unknown) return;
    if (state == ListingState::Partial) now.merge(seen);
    seen = std::move(now);
  }

  mutable std::mutex mutex_;
  std::set<TargetId> targetIds_;
  std::set<std::string> ids_;
  std::map<VolumeId, VmmHostname> strays_;
  std::map<VmmHostname, std::set<VolumeId>> atHosts_;
};

}  // namespace vbs::workflows
