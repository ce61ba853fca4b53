#pragma once

#include <memory>
#include <span>
#include <tuple>

#include "vbs_service/engine/workflow_of.h"

namespace vbs::workflows {

struct RemoveStrayTargetParameters {
  VolumeId volumeId;
  TargetIdentity target;

  static constexpr auto fields() {
    using P = RemoveStrayTargetParameters;
    return std::tuple{engine::field("volumeId", &P::volumeId), engine::inlined(&P::target)};
  }
  bool operator==(const RemoveStrayTargetParameters&) const = default;
};

/// A target of a volume that is not attached: removed. Any answer ends it; what is still there then is found
/// again by the next reconciliation.
class RemoveStrayTarget : public engine::WorkflowOf<RemoveStrayTarget, RemoveStrayTargetParameters> {
public:
  static constexpr metadata::OperationKind kKind{
      .name = "removeStrayTarget",
      .resource = metadata::OperationResource::volume({VolumeStatus::Pending, VolumeStatus::Available,
                                                       VolumeStatus::Deleting, VolumeStatus::Error})
                      .orGone(),
      .inWords = "having a stray target removed",
      .isBrief = true};

  static std::span<const Step> steps();

  /// Throws IncorrectState when the volume is attached, or being so.
  static std::shared_ptr<RemoveStrayTarget> reserve(metadata::MetadataWriter& tx,
                                                    const engine::Delegates& delegates,
                                                    const VolumeId& volumeId, const TargetIdentity& target);

  using WorkflowOf::WorkflowOf;

  bool isRoutine() const override { return true; }

private:
  void unexportVolume(const OperationContext& context);
};

}  // namespace vbs::workflows
