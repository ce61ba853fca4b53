#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "common/model/records.h"
#include "vbs_service/metadata/metadata_reader.h"
#include "vbs_service/reconcile/finding.h"
#include "vbs_service/reconcile/inventories.h"

namespace vbs::reconcile {

/// Why restored metadata take nothing away, and the way out.
constexpr const char* kRestored =
    "the metadata were restored from a backup and do not know what was attached since; when they are true "
    "again, say so: vbs admin reconcile --accept-restored";

struct KnownVolume {
  Volume volume;
  std::optional<metadata::AttachmentRecord> attachment;
  bool operator==(const KnownVolume&) const = default;
};

/// What the metadata say there is.
struct KnownState {
  std::map<VolumeId, KnownVolume> volumes;
  std::map<SnapshotId, Snapshot> snapshots;
  /// The volumes and snapshots that an operation owns or has changed. It cannot be told where they are.
  std::set<std::string> inMotion;
  /// The volumes that still have to be taken from a host; a cleaning operation does that.
  std::set<std::pair<VolumeId, VmmHostname>> owedCleanings;
  /// The hosts that hold a volume or may do so.
  std::set<VmmHostname> hosts;
  /// What this service has given of what was found and is not in the metadata.
  std::map<VolumeId, metadata::GivenVolume> givenVolumes;
  std::map<SnapshotId, metadata::GivenSnapshot> givenSnapshots;
  /// The identities of the hosts whose delegates have told one. Two identities are two hosts.
  std::map<VmmHostname, DelegateId> hostIdentities;
  /// The metadata are those of a restored backup: they do not know what was attached since.
  bool isRestored = false;
  /// The strays that the survey before saw: certain once they are seen again, if nothing else is in doubt.
  std::set<Sighting> sightedBefore;
  bool operator==(const KnownState&) const = default;
};

/// In one transaction.
KnownState knownStateIn(const metadata::MetadataReader& tx);
/// The same, with what the metadata remember of what was found.
KnownState knownStateIn(const metadata::MetadataReader& tx, const Inventories& found);

/// What held from `before` to `after`: all that differs is in motion.
KnownState agreed(const KnownState& before, KnownState after);

}  // namespace vbs::reconcile
