#pragma once

#include <memory>
#include <string>
#include <vector>

#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/step.h"
#include "vbs_service/engine/workflow.h"
#include "vbs_service/metadata/metadata_reader.h"
#include "vbs_service/metadata/operation_kind.h"

namespace vbs::workflows {

/// All kinds that there are.
const std::vector<metadata::OperationKind>& operationKinds();
/// The table of a kind, whether each operation has a step or not. Empty for a kind that is not known.
std::vector<engine::StepOutline> stepsOf(const metadata::OperationKind& kind);

/// The workflow of an operation, as the journal has it. `delegates` must outlive it. Throws
/// Error{InternalError} for a kind that this program does not know, and for parameters that it cannot read.
std::shared_ptr<engine::Workflow> resume(const engine::Delegates& delegates,
                                         const metadata::Operation& operation,
                                         const metadata::MetadataReader& tx);

/// What the operation does to its resource, for messages: "being attached (attachVolume ID)".
std::string inWords(const metadata::Operation& operation);

}  // namespace vbs::workflows
