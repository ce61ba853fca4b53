#pragma once

#include <memory>

#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/workflow.h"
#include "vbs_service/metadata/metadata_writer.h"
#include "vbs_service/reconcile/finding.h"

namespace vbs::reconcile {

/// The workflow that carries out the finding's remedy, reserved; the remedy must not be LeaveAlone. Throws
/// IncorrectState when the volume is not as it was found, or another operation goes on with it.
std::shared_ptr<engine::Workflow> reserveRemedy(metadata::MetadataWriter& tx,
                                                const engine::Delegates& delegates, const Finding& finding);

}  // namespace vbs::reconcile
