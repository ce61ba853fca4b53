#include "vbs_service/workflows/resume.h"

#include <algorithm>
#include <utility>

#include "vbs_service/workflows/attach_volume.h"
#include "vbs_service/workflows/clean_host.h"
#include "vbs_service/workflows/create_snapshot.h"
#include "vbs_service/workflows/create_volume.h"
#include "vbs_service/workflows/delete_snapshot.h"
#include "vbs_service/workflows/delete_volume.h"
#include "vbs_service/workflows/detach_volume.h"
#include "vbs_service/workflows/force_detach.h"
#include "vbs_service/workflows/remove_orphan.h"
#include "vbs_service/workflows/remove_stray_target.h"
#include "vbs_service/workflows/restart_copy.h"
#include "vbs_service/workflows/restore_attachment.h"

namespace vbs::workflows {
namespace {

using Resume = std::shared_ptr<engine::Workflow>(const engine::Delegates&, const metadata::Operation&,
                                                 const metadata::MetadataReader&);

struct Known {
  metadata::OperationKind kind;
  std::vector<engine::StepOutline> steps;
  Resume* resume;
};

template <class Workflow>
std::shared_ptr<engine::Workflow> resumeAs(const engine::Delegates& delegates,
                                           const metadata::Operation& operation,
                                           const metadata::MetadataReader& tx) {
  auto parameters = engine::parametersOf<typename Workflow::Parameters>(operation);
  if constexpr (requires { addSize(parameters.volume, tx); }) addSize(parameters.volume, tx);
  auto workflow = std::make_shared<Workflow>(delegates, std::move(parameters));
  if (workflow->resource() != operation.resource.id) {
    throw Error(ErrorCode::InternalError,
                "the journal's parameters of " + operation.kind + " " + operation.id.str() + " are about " +
                    workflow->resource(),
                operation.resource.id);
  }
  workflow->resume(engine::fieldsOf<engine::Bookkeeping>(operation), operation.state);
  return workflow;
}

template <class Workflow>
Known known() {
  Known known{.kind = Workflow::kKind, .steps = {}, .resume = &resumeAs<Workflow>};
  for (const auto& step : Workflow::steps()) {
    known.steps.push_back(
        {.name = step.name, .hasUndo = step.undo != nullptr, .insistence = step.insistence});
  }
  return known;
}

template <class... Workflows>
std::vector<Known> allOf() {
  return {known<Workflows>()...};
}

const std::vector<Known>& all() {
  static const std::vector<Known> kAll =
      allOf<CreateVolume, RestartCopy, DeleteVolume, CreateSnapshot, DeleteSnapshot, AttachVolume,
            DetachVolume, ForceDetach, CleanHost, RestoreAttachment, RemoveStrayTarget, RemoveOrphanVolume,
            RemoveOrphanSnapshot>();
  return kAll;
}

const Known* find(std::string_view kind) {
  const auto found =
      std::find_if(all().begin(), all().end(), [&](const Known& each) { return each.kind.name == kind; });
  return found == all().end() ? nullptr : &*found;
}

}  // namespace

const std::vector<metadata::OperationKind>& operationKinds() {
  static const std::vector<metadata::OperationKind> kKinds = [] {
    std::vector<metadata::OperationKind> kinds;
    for (const Known& each : all()) kinds.push_back(each.kind);
    return kinds;
  }();
  return kKinds;
}

std::vector<engine::StepOutline> stepsOf(const metadata::OperationKind& kind) {
  const Known* known = find(kind.name);
  return known != nullptr ? known->steps : std::vector<engine::StepOutline>();
}

std::shared_ptr<engine::Workflow> resume(const engine::Delegates& delegates,
                                         const metadata::Operation& operation,
                                         const metadata::MetadataReader& tx) {
  if (const Known* known = find(operation.kind)) return known->resume(delegates, operation, tx);
  throw Error(ErrorCode::InternalError, "the journal holds an operation of an unknown kind \"" +
                                            operation.kind + "\": was it made by a newer program?");
}

std::string inWords(const metadata::Operation& operation) {
  const Known* known = find(operation.kind);
  const std::string_view words = known != nullptr ? known->kind.inWords : "in the hands of an operation";
  return std::string(words) + " (" + operation.kind + " " + operation.id.str() + ")";
}

}  // namespace vbs::workflows
