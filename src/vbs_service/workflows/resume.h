#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vbs_service/workflows/delegates.h"
#include "vbs_service/workflows/workflow.h"

namespace vbs::workflows {

/// The workflow that the journal calls `kind`, as its context left it. `delegates` must outlive it. Throws
/// Error{InternalError} for a kind that this program does not know.
std::shared_ptr<Workflow> resume(const Delegates& delegates, const std::string& kind, Context context);

/// All that resume() knows.
std::vector<std::string_view> workflowKinds();

}  // namespace vbs::workflows
