#include "vbs_service/engine/workflow.h"

namespace vbs::engine {

void Workflow::abandon(metadata::MetadataWriter& /*tx*/, const std::optional<Error>& /*cause*/) {
  if (kind().resource.mayBeGone()) return;
  throw Error(ErrorCode::InternalError, std::string(kind().name) + " has no way back", resource());
}

void Workflow::setReason(metadata::MetadataWriter& tx, const std::string& reason) const {
  if (kind().resource.mayBeGone()) return;
  if (kind().resource.isSnapshot()) {
    tx.setSnapshotReason(SnapshotId(resource()), reason);
  } else {
    tx.setVolumeReason(VolumeId(resource()), reason);
  }
}

}  // namespace vbs::engine
