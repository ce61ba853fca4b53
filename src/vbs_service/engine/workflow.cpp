#include "vbs_service/engine/workflow.h"

namespace vbs::engine {

void Workflow::abandon(metadata::MetadataWriter& /*tx*/, const std::optional<Error>& /*cause*/) {
  throw Error(ErrorCode::InternalError, std::string(kind()) + " has no way back", resource());
}

void Workflow::setReason(metadata::MetadataWriter& tx, const std::string& reason) {
  tx.setVolumeReason(context_.volumeId, reason);
}

}  // namespace vbs::engine
