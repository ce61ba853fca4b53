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

struct KnownVolume {
  Volume volume;
  std::optional<metadata::AttachmentRecord> attachment;
  bool operator==(const KnownVolume&) const = default;
};

/// What the metadata say there is.
struct KnownState {
  std::map<VolumeId, KnownVolume> volumes;
  std::map<SnapshotId, Snapshot> snapshots;
  /// The volumes and snapshots that an operation owns or has changed: what is where cannot be told.
  std::set<std::string> inMotion;
  /// The volumes that are to be taken from a host, which an operation of its own sees to.
  std::set<std::pair<VolumeId, VmmHostname>> owedCleanings;
  /// The hosts that hold a volume or may do so.
  std::set<VmmHostname> hosts;
  /// Of what was found without being in the metadata, what this service once gave.
  std::map<VolumeId, metadata::GivenVolume> givenVolumes;
  std::map<SnapshotId, metadata::GivenSnapshot> givenSnapshots;
  /// The hosts whose delegates have told who they are: two of them are two hosts.
  std::map<VmmHostname, DelegateId> hostIdentities;
  /// They are those of a restored backup: what was attached since, they do not know.
  bool isRestored = false;
  /// The strays that the survey before saw, and could be certain of but for that it was the first to see
  /// them.
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
