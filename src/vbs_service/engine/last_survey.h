#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "common/api/volume_delegate.h"
#include "common/model/ids.h"
#include "common/model/listing.h"
#include "common/model/target.h"
#include "common/system/clock.h"

namespace vbs::engine {

/// What the last survey saw, and operations since, beside what the metadata tell. Target numbers and ids that
/// are on the volume server may be another VBS Service's, so they are not given (a number that was taken
/// since is found out by the pattern file, which refuses it). A volume that is in a VM without being attached
/// there is attached nowhere else. What hosts had of volumes, where their listings could be trusted, is known
/// for a while when they cannot be. Thread-safe.
class LastSurvey {
public:
  /// The targets on the volume server, with the volumes of those that are named as ours are.
  using Targets = std::map<TargetId, std::optional<VolumeId>>;
  /// Volumes, and a host that has them in a VM without being attached there.
  using Strays = std::map<VolumeId, VmmHostname>;

  /// For how long a host is believed to be as a survey saw it: others may give volumes to VMs, too.
  static constexpr std::chrono::minutes kBelieved{15};

  /// What a partial listing does not show may still be there.
  void seeTargets(Targets targets, ListingState state);
  /// `ids`: of volumes and snapshots.
  void seeIds(std::set<std::string> ids, ListingState state);
  /// `shown`: the volumes that a host has, or may have, a session or a device of. Its listings were complete.
  void seeHost(const VmmHostname& host, std::set<VolumeId> shown, system::Clock::TimePoint when);
  /// `isSurveyed`: tells whether the survey could see where the volume of a stray of before is now.
  template <class IsSurveyed>
  void seeStrays(Strays strays, IsSurveyed isSurveyed) {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, host] : strays_) {
      if (!isSurveyed(id, host)) strays.emplace(id, host);
    }
    strays_ = std::move(strays);
  }

  /// A host has lost all that it had of the volume.
  void seeGone(const VmmHostname& host, const VolumeId& id);
  /// A failed attach has left what the host had, or may have had, of the volume before it, and its target.
  /// `isInVm`: a VM was seen to have it.
  void seeLeft(const VmmHostname& host, const VolumeId& id, bool isInVm,
               const std::optional<TargetIdentity>& target);

  /// True when the host was seen of late to have nothing of the volume.
  bool showedNothing(const VmmHostname& host, const VolumeId& id, system::Clock::TimePoint now) const;
  std::set<TargetId> targetIds() const;
  /// That of the target that a volume has, attached or not.
  std::optional<TargetId> targetIdOf(const VolumeId& id) const;
  std::set<std::string> ids() const;
  std::optional<VmmHostname> strayAt(const VolumeId& id) const;

private:
  struct Host {
    std::set<VolumeId> shown;
    system::Clock::TimePoint when;
  };

  mutable std::mutex mutex_;
  Targets targets_;
  std::set<std::string> ids_;
  Strays strays_;
  std::map<VmmHostname, Host> hosts_;
};

}  // namespace vbs::engine
