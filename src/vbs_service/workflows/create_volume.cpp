#include "vbs_service/workflows/create_volume.h"

#include <fmt/format.h>

#include "vbs_service/engine/refusals.h"

namespace vbs::workflows {
namespace {

SizeGiB sizeFor(const CreateVolumeRequest& request, const std::optional<Snapshot>& snapshot) {
  if (!request.sizeGiB) {
    if (snapshot) return snapshot->size;
    throw Error(ErrorCode::InvalidParameter, "a volume needs a size in GiB, or a snapshot to take it from");
  }
  const SizeGiB size(*request.sizeGiB);
  if (snapshot && size < snapshot->size) {
    throw Error(ErrorCode::InvalidParameter,
                "a volume of " + std::to_string(size.count()) + " GiB cannot hold snapshot " +
                    snapshot->snapshotId.str() + " of " + std::to_string(snapshot->size.count()) +
                    " GiB: ask for at least that, or leave the size out",
                snapshot->snapshotId.str());
  }
  return size;
}

/// Snapshots do not count: how much one takes is the stack's to say, and mostly it is less than its volume.
void requireRoom(const metadata::MetadataReader& tx, SizeGiB size,
                 const std::optional<capacity::PromiseLimit>& limit) {
  if (!limit) return;
  const std::int64_t promised = tx.provisioned().volumesGiB;
  if (promised + size.count() <= limit->limitGiB) return;
  throw Error(
      ErrorCode::InsufficientCapacity,
      fmt::format("{} GiB are too much: volumes have {} GiB together and may have {} GiB, which is {} "
                  "(the service's setting overcommit) times the {:.1f} GiB of the volume server; "
                  "delete volumes, or raise overcommit",
                  size.count(), promised, limit->limitGiB, limit->overcommit,
                  static_cast<double>(limit->totalBytes) / (1024.0 * 1024.0 * 1024.0)));
}

}  // namespace

std::shared_ptr<CreateVolume> CreateVolume::reserve(metadata::MetadataWriter& tx,
                                                    const engine::Delegates& delegates,
                                                    const CreateVolumeRequest& request,
                                                    const std::optional<capacity::PromiseLimit>& limit) {
  std::optional<Snapshot> snapshot;
  if (request.snapshotId) {
    snapshot = tx.snapshot(*request.snapshotId);
    if (snapshot->status != SnapshotStatus::Completed) engine::refuse(*snapshot, "made a volume of");
  }
  const SizeGiB size = sizeFor(request, snapshot);
  requireRoom(tx, size, limit);
  // A snapshot's contents are on its own server.
  const VolumeServerName server =
      snapshot ? tx.volumeServerOf(snapshot->snapshotId.str()) : defaultVolumeServer();
  const VolumeId id = tx.newVolumeId(server, delegates.lastSurvey.ids());
  tx.insertVolume({.volumeId = id,
                   .size = size,
                   .comment = request.comment,
                   .snapshotId = request.snapshotId,
                   .status = VolumeStatus::Pending,
                   .statusReason = std::nullopt,
                   .progressPercent = std::nullopt,
                   .createTime = tx.now(),
                   .attachment = std::nullopt});
  return std::make_shared<CreateVolume>(
      delegates, CreateVolumeParameters{
                     .volumeId = id, .snapshotId = request.snapshotId, .size = size, .isReady = false});
}

std::span<const CreateVolume::Step> CreateVolume::steps() {
  static constexpr Step kSteps[] = {
      {"createVolume", At::VolumeServer, &CreateVolume::createVolume, &CreateVolume::deleteVolume},
  };
  return kSteps;
}

void CreateVolume::createVolume(const OperationContext& context) {
  const CreateVolumeOutcome outcome =
      volumes().createVolume(context, parameters_.volumeId, parameters_.size, parameters_.snapshotId);
  parameters_.isReady = outcome == CreateVolumeOutcome::Available;
}

void CreateVolume::deleteVolume(const OperationContext& context) {
  volumes().deleteVolume(context, parameters_.volumeId, parameters_.size);
}

Volume CreateVolume::commit(metadata::MetadataWriter& tx) {
  if (parameters_.isReady) {
    tx.moveVolume(parameters_.volumeId, VolumeStatus::Pending, VolumeStatus::Available);
  }
  return tx.volume(parameters_.volumeId);
}

void CreateVolume::abandon(metadata::MetadataWriter& tx, const std::optional<Error>& /*cause*/) {
  tx.eraseClientToken(resource());
  tx.eraseVolume(parameters_.volumeId, VolumeStatus::Pending);
}

}  // namespace vbs::workflows
