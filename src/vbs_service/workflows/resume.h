#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/workflow.h"

namespace vbs::workflows {

/// The workflow that the journal calls `kind`, as its context left it. `delegates` must outlive it. Throws
/// Error{InternalError} for a kind that this program does not know.
std::shared_ptr<engine::Workflow> resume(const engine::Delegates& delegates, const std::string& kind,
                                         engine::Context context);

/// All that resume() knows.
std::vector<std::string_view> workflowKinds();
/// Those of them that are brief (engine::Workflow::kIsBrief).
std::set<std::string_view> briefKinds();

}  // namespace vbs::workflows
