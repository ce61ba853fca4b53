#pragma once

#include <memory>
#include <optional>

#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/workflow.h"

namespace vbs::workflows {

/// A target of a volume that is not attached: removed. Any answer ends it; what is still there then is found
/// again by the next reconciliation.
class RemoveStrayTarget : public engine::Workflow {
public:
  static constexpr std::string_view kKind = "removeStrayTarget";
  static constexpr bool kIsBrief = true;

  /// Throws IncorrectState when the volume is attached, or being so.
  static std::shared_ptr<RemoveStrayTarget> reserve(metadata::MetadataWriter& tx,
                                                    const engine::Delegates& delegates,
                                                    const VolumeId& volumeId, const TargetIdentity& target);

  RemoveStrayTarget(const engine::Delegates& delegates, engine::Context context)
      : engine::Workflow(std::move(context)), delegates_(delegates) {}

  std::string_view kind() const override { return kKind; }
  std::vector<engine::Step> steps() override;
  void commit(metadata::MetadataWriter& tx) override;
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;
  void setReason(metadata::MetadataWriter& tx, const std::string& reason) override;
  bool isRoutine() const override { return true; }

private:
  const engine::Delegates& delegates_;
};

}  // namespace vbs::workflows
