#pragma once

#include <memory>

#include "vbs_service/metadata/metadata_writer.h"
#include "vbs_service/reconcile/finding.h"
#include "vbs_service/workflows/delegates.h"
#include "vbs_service/workflows/workflow.h"

namespace vbs::reconcile {

/// The workflow that carries out the finding's remedy, reserved; the remedy must not be LeaveAlone. Throws
/// IncorrectState when the volume is not as it was found, or another operation goes on with it.
std::shared_ptr<workflows::Workflow> reserveRemedy(metadata::MetadataWriter& tx,
                                                   const workflows::Delegates& delegates,
                                                   const Finding& finding);

}  // namespace vbs::reconcile
