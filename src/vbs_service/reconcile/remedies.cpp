#include "vbs_service/reconcile/remedies.h"

#include "common/model/error.h"
#include "vbs_service/workflows/clean_host.h"
#include "vbs_service/workflows/remove_orphan.h"
#include "vbs_service/workflows/remove_stray_target.h"
#include "vbs_service/workflows/restore_attachment.h"

namespace vbs::reconcile {
namespace {

using engine::Delegates;
using metadata::MetadataWriter;
using WorkflowPtr = std::shared_ptr<engine::Workflow>;

struct Reserve {
  WorkflowPtr operator()(const LeaveAlone& /*remedy*/) const {
    throw Error(ErrorCode::InternalError, "what is left alone has no remedy");
  }
  WorkflowPtr operator()(const Restore& remedy) const {
    return workflows::RestoreAttachment::reserve(tx, delegates, remedy.lost,
                                                 {.atHost = remedy.atHost, .reconnect = remedy.reconnect});
  }
  WorkflowPtr operator()(const Clean& remedy) const {
    return workflows::CleanHost::reserve(tx, delegates, remedy.found);
  }
  WorkflowPtr operator()(const RemoveTarget& remedy) const {
    return workflows::RemoveStrayTarget::reserve(tx, delegates, volumeId, remedy.target);
  }
  WorkflowPtr operator()(const RemoveSnapshot& remedy) const {
    return workflows::RemoveOrphanSnapshot::reserve(tx, delegates, remedy.snapshotId, volumeId, remedy.size);
  }
  WorkflowPtr operator()(const RemoveVolume& remedy) const {
    return workflows::RemoveOrphanVolume::reserve(tx, delegates, volumeId, remedy.size);
  }

  MetadataWriter& tx;
  const Delegates& delegates;
  const VolumeId& volumeId;
};

}  // namespace

WorkflowPtr reserveRemedy(MetadataWriter& tx, const Delegates& delegates, const Finding& finding) {
  return std::visit(Reserve{tx, delegates, finding.volumeId.value()}, finding.remedy);
}

}  // namespace vbs::reconcile
