#include "vbs_service/adoption/adoption.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "common/model/comment.h"
#include "common/model/error.h"
#include "vbs_service/adoption/evidence.h"
#include "vbs_service/adoption/verdict.h"
#include "vbs_service/engine/refusals.h"
#include "vbs_service/reconcile/known_state.h"
#include "vbs_service/workflows/resume.h"

namespace vbs::adoption {

using metadata::MetadataReader;
using metadata::MetadataWriter;

namespace {

template <class Record>
void requireUnknown(const std::string& id, const std::optional<Record>& record) {
  if (!record) return;
  throw Error(ErrorCode::IncorrectState,
              fmt::format("{} is known already, and is {}", id, toString(record->status)), id);
}

/// A removal of an orphan, or a cleaning of what a host has of it.
void requireNoOperationOn(const MetadataReader& tx, const std::string& id) {
  for (const metadata::Operation& operation : tx.openOperations()) {
    if (operation.resource.id != id) continue;
    throw Error(ErrorCode::IncorrectState,
                fmt::format("{} is {}: ask again when that has ended", id, workflows::inWords(operation)),
                id);
  }
}

void requireUnknown(const MetadataReader& tx, const VolumeId& id) {
  requireUnknown(id.str(), tx.findVolume(id));
  requireNoOperationOn(tx, id.str());
}

void requireUnknown(const MetadataReader& tx, const SnapshotId& id) {
  requireUnknown(id.str(), tx.findSnapshot(id));
  requireNoOperationOn(tx, id.str());
}

Volume requireVolumeOf(const MetadataReader& tx, const SnapshotId& id, const VolumeId& volumeId) {
  const auto volume = tx.findVolume(volumeId);
  if (!volume) {
    throw Error(ErrorCode::VolumeNotFound,
                fmt::format("{} is a snapshot of {}, which the metadata do not know: adopt that volume first",
                            id.str(), volumeId.str()),
                volumeId.str());
  }
  if (volume->status == VolumeStatus::Deleting || volume->status == VolumeStatus::Pending) {
    engine::refuse(*volume, "given a snapshot back");
  }
  return *volume;
}

}  // namespace

Adoption::Adoption(system::Scheduler& scheduler, metadata::MetadataStore& store,
                   const engine::Delegates& delegates, const reconcile::SurveyorSettings& settings)
    : store_(store), delegates_(delegates), surveyor_(scheduler, delegates, settings), adopting_(scheduler) {}

Volume Adoption::adopt(const RequestId& requestId, const VolumeId& id, const std::string& comment) {
  requireComment(comment);
  const std::lock_guard lock(adopting_);
  std::set<VmmHostname> hosts = store_.read([&](const MetadataReader& tx) {
    requireUnknown(tx, id);
    return reconcile::knownStateIn(tx).hosts;
  });
  for (const VmmHostname& host : delegates_.hosts.named()) hosts.insert(host);
  const SizeGiB size = requireAdoptable(id, evidenceOf(look(requestId, hosts), id));
  requireNoCopyInto(requestId, id);
  const Volume volume = store_.write([&](MetadataWriter& tx) {
    requireUnknown(tx, id);
    tx.keepId(id, defaultVolumeServer());
    tx.insertVolume({.volumeId = id,
                     .size = size,
                     .comment = comment,
                     .snapshotId = std::nullopt,
                     .status = VolumeStatus::Available,
                     .statusReason = std::nullopt,
                     .progressPercent = std::nullopt,
                     .createTime = tx.now(),
                     .attachment = std::nullopt});
    return tx.volume(id);
  });
  spdlog::info("volume {} of {} GiB is adopted request={}", id.str(), size.count(), requestId.str());
  return volume;
}

Snapshot Adoption::adopt(const RequestId& requestId, const SnapshotId& id, const std::string& comment) {
  requireComment(comment);
  const std::lock_guard lock(adopting_);
  store_.read([&](const MetadataReader& tx) { requireUnknown(tx, id); });
  const Evidence evidence = evidenceOf(look(requestId, {}), id);
  const VolumeId volumeId = requireAdoptable(id, evidence);
  const Snapshot snapshot = store_.write([&](MetadataWriter& tx) {
    requireUnknown(tx, id);
    const Volume volume = requireVolumeOf(tx, id, volumeId);
    requireSizeOfVolume(id, evidence, volumeId, volume.size);
    tx.keepId(id, tx.volumeServerOf(volumeId.str()));
    tx.insertSnapshot({.snapshotId = id,
                       .volumeId = volumeId,
                       .size = volume.size,
                       .comment = comment,
                       .status = evidence.defect ? SnapshotStatus::Error : SnapshotStatus::Completed,
                       .statusReason = evidence.defect,
                       .progressPercent = std::nullopt,
                       .startTime = tx.now()});
    return tx.snapshot(id);
  });
  spdlog::info("snapshot {} of {} is adopted request={}", id.str(), volumeId.str(), requestId.str());
  return snapshot;
}

reconcile::Inventories Adoption::look(const RequestId& requestId, const std::set<VmmHostname>& hosts) {
  reconcile::Inventories found = surveyor_.survey(requestId, hosts);
  if (found.volumeServer) return found;
  const auto why = found.unreachable.find(engine::Delegates::kVolumesName);
  throw Error(ErrorCode::DelegateUnreachable,
              fmt::format("what the volume server has is not known: {} {}; nothing was changed",
                          engine::Delegates::kVolumesName,
                          why == found.unreachable.end() ? "was not asked" : "failed: " + why->second))
      .withEffect(Effect::None);
}

void Adoption::requireNoCopyInto(const RequestId& requestId, const VolumeId& id) {
  VolumeDelegate& server = delegates_.volumeServers.at(defaultVolumeServer());
  for (const CopyStatus& copy : server.describeCopies(requestId, {id})) {
    if (copy.state == CopyState::Pending) {
      throw Error(ErrorCode::IncorrectState,
                  fmt::format("{} is still being copied into: ask again when that has ended", id.str()),
                  id.str());
    }
    if (copy.state == CopyState::Failed) {
      throw Error(ErrorCode::IncorrectState,
                  fmt::format("{} is a copy that failed ({}): what it holds is not whole", id.str(),
                              copy.reason.value_or("it is not known why")),
                  id.str());
    }
  }
}

}  // namespace vbs::adoption
