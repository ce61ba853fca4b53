#include "vbs_service/workflows/resume.h"

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

template <class... Known>
struct Registry {
  static std::shared_ptr<engine::Workflow> make(const engine::Delegates& delegates, const std::string& kind,
                                                engine::Context context) {
    std::shared_ptr<engine::Workflow> workflow;
    const auto tryKind = [&]<class Kind>() {
      if (kind == Kind::kKind) workflow = std::make_shared<Kind>(delegates, std::move(context));
      return workflow != nullptr;
    };
    (tryKind.template operator()<Known>() || ...);
    return workflow;
  }
  static std::vector<std::string_view> kinds() { return {Known::kKind...}; }
  static std::set<std::string_view> briefKinds() {
    std::set<std::string_view> brief;
    (static_cast<void>(Known::kIsBrief && brief.insert(Known::kKind).second), ...);
    return brief;
  }
};

using Workflows = Registry<CreateVolume, RestartCopy, DeleteVolume, CreateSnapshot, DeleteSnapshot,
                           AttachVolume, DetachVolume, ForceDetach, CleanHost, RestoreAttachment,
                           RemoveStrayTarget, RemoveOrphanVolume, RemoveOrphanSnapshot>;

}  // namespace

std::shared_ptr<engine::Workflow> resume(const engine::Delegates& delegates, const std::string& kind,
                                         engine::Context context) {
  auto workflow = Workflows::make(delegates, kind, std::move(context));
  if (workflow) return workflow;
  throw Error(ErrorCode::InternalError, "the journal holds an operation of an unknown kind \"" + kind +
                                            "\": was it made by a newer program?");
}

std::vector<std::string_view> workflowKinds() {
  return Workflows::kinds();
}

std::set<std::string_view> briefKinds() {
  return Workflows::briefKinds();
}

}  // namespace vbs::workflows
