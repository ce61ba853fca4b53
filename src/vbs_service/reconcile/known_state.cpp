#include "vbs_service/reconcile/known_state.h"

#include <utility>

namespace vbs::reconcile {
namespace {

/// All records of a listing, page by page.
template <class Record, class Describe, class Add>
void forAll(Describe describe, Add add) {
  std::optional<std::string> next;
  do {
    Page<Record> page = describe(next);
    for (Record& record : page.records) add(std::move(record));
    next = std::move(page.nextToken);
  } while (next);
}

/// The ids whose records are not the same in both.
template <class Records>
void addChanged(const Records& before, const Records& after, std::set<std::string>& changed) {
  for (const auto& [id, record] : before) {
    const auto found = after.find(id);
    if (found == after.end() || found->second != record) changed.insert(id.str());
  }
  for (const auto& [id, record] : after) {
    if (!before.contains(id)) changed.insert(id.str());
  }
}

}  // namespace

KnownState knownStateIn(const metadata::MetadataReader& tx) {
  KnownState state;
  state.hostIdentities = tx.knownHosts();
  state.isRestored = tx.isRestored();
  forAll<Volume>(
      [&](const auto& next) {
        return tx.describeVolumes({.ids = {}, .maxResults = std::nullopt, .nextToken = next});
      },
      [&](Volume volume) {
        const VolumeId id = volume.volumeId;
        state.volumes.emplace(id, KnownVolume{std::move(volume), std::nullopt});
      });
  forAll<Snapshot>(
      [&](const auto& next) {
        return tx.describeSnapshots({.ids = {}, .maxResults = std::nullopt, .nextToken = next});
      },
      [&](Snapshot snapshot) {
        const SnapshotId id = snapshot.snapshotId;
        state.snapshots.emplace(id, std::move(snapshot));
      });
  for (metadata::AttachmentRecord& record : tx.attachments()) {
    state.hosts.insert(record.attachment.vmmHostname);
    const VolumeId id = record.attachment.volumeId;
    state.volumes.at(id).attachment = std::move(record);
  }
  for (const metadata::HostCleaning& cleaning : tx.hostCleanings()) {
    state.hosts.insert(cleaning.vmmHostname);
    state.owedCleanings.emplace(cleaning.volumeId, cleaning.vmmHostname);
  }
  // A host that an exclusive one asks has an attachment of the volume.
  for (const metadata::Operation& operation : tx.openOperations()) {
    if (operation.isExclusive) state.inMotion.insert(operation.resource.id);
  }
  return state;
}

KnownState knownStateIn(const metadata::MetadataReader& tx, const Inventories& found) {
  KnownState state = knownStateIn(tx);
  for (const VolumeId& id : volumesIn(found)) {
    if (state.volumes.contains(id)) continue;
    if (const auto given = tx.givenVolume(id)) state.givenVolumes.emplace(id, *given);
  }
  if (!found.volumeServer) return state;
  for (const auto& snapshot : found.volumeServer->inventory.snapshots) {
    const SnapshotId& id = snapshot.snapshotId;
    if (state.snapshots.contains(id)) continue;
    if (const auto given = tx.givenSnapshot(id)) state.givenSnapshots.emplace(id, *given);
  }
  return state;
}

KnownState agreed(const KnownState& before, KnownState after) {
  after.inMotion.insert(before.inMotion.begin(), before.inMotion.end());
  addChanged(before.volumes, after.volumes, after.inMotion);
  addChanged(before.snapshots, after.snapshots, after.inMotion);
  after.owedCleanings.insert(before.owedCleanings.begin(), before.owedCleanings.end());
  after.hosts.insert(before.hosts.begin(), before.hosts.end());
  return after;
}

}  // namespace vbs::reconcile
