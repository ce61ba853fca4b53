#include "vbs_service/engine/workflow.h"

namespace vbs::engine {

void Workflow::abandon(metadata::MetadataWriter& /*tx*/, const std::optional<Error>& /*cause*/) {
  throw Error(ErrorCode::InternalError, std::string(kind()) + " has no way back", resource());
}

void Workflow::explain(metadata::MetadataWriter& tx, const std::string& reason) {
  tx.explainVolume(context_.volumeId, reason);
}

}  // namespace vbs::engine
