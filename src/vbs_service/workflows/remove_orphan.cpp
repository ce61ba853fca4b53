#include "vbs_service/workflows/remove_orphan.h"

namespace vbs::workflows {

std::shared_ptr<RemoveOrphanVolume> RemoveOrphanVolume::reserve(metadata::MetadataWriter& tx,
                                                                const engine::Delegates& delegates,
                                                                const VolumeId& volumeId, SizeGiB size) {
  if (tx.findVolume(volumeId)) {
    throw Error(ErrorCode::IncorrectState, "volume " + volumeId.str() + " is no orphan", volumeId.str());
  }
  return std::make_shared<RemoveOrphanVolume>(delegates, engine::Context{.volumeId = volumeId, .size = size});
}

std::vector<engine::Step> RemoveOrphanVolume::steps() {
  return {{.name = "deleteVolume",
           .delegate = engine::Delegates::kVolumesName,
           .act =
               [this](const OperationContext& context) {
                 delegates_.volumeServers.at(volumeServer())
                     .deleteVolume(context, context_.volumeId, context_.size.value());
               },
           .insistence = engine::Insistence::UntilAnswered}};
}

void RemoveOrphanVolume::commit(metadata::MetadataWriter& /*tx*/) {}

void RemoveOrphanVolume::abandon(metadata::MetadataWriter& /*tx*/, const std::optional<Error>& /*cause*/) {}

std::shared_ptr<RemoveOrphanSnapshot> RemoveOrphanSnapshot::reserve(metadata::MetadataWriter& tx,
                                                                    const engine::Delegates& delegates,
                                                                    const SnapshotId& snapshotId,
                                                                    const VolumeId& volumeId, SizeGiB size) {
  if (tx.findSnapshot(snapshotId)) {
    throw Error(ErrorCode::IncorrectState, "snapshot " + snapshotId.str() + " is no orphan",
                snapshotId.str());
  }
  return std::make_shared<RemoveOrphanSnapshot>(
      delegates, engine::Context{.volumeId = volumeId, .snapshotId = snapshotId, .size = size});
}

std::vector<engine::Step> RemoveOrphanSnapshot::steps() {
  return {{.name = "deleteSnapshot",
           .delegate = engine::Delegates::kVolumesName,
           .act =
               [this](const OperationContext& context) {
                 delegates_.volumeServers.at(volumeServer())
                     .deleteSnapshot(context, context_.snapshotId.value(), context_.volumeId,
                                     context_.size.value());
               },
           .insistence = engine::Insistence::UntilAnswered}};
}

void RemoveOrphanSnapshot::commit(metadata::MetadataWriter& /*tx*/) {}

void RemoveOrphanSnapshot::abandon(metadata::MetadataWriter& /*tx*/, const std::optional<Error>& /*cause*/) {}

void RemoveOrphanSnapshot::setReason(metadata::MetadataWriter& /*tx*/, const std::string& /*reason*/) {
  // The default would set the reason of the volume it is a snapshot of.
}

}  // namespace vbs::workflows
