#pragma once

#include <memory>
#include <optional>

#include "vbs_service/workflows/delegates.h"
#include "vbs_service/workflows/workflow.h"

namespace vbs::workflows {

/// A target of a volume that is not attached: removed. Any answer ends it; what is still there then is found
/// again by the next reconciliation.
class RemoveStrayTarget : public Workflow {
public:
  static constexpr std::string_view kKind = "removeStrayTarget";

  /// Throws IncorrectState when the volume is attached, or being so.
  static std::shared_ptr<RemoveStrayTarget> reserve(metadata::MetadataWriter& tx, const Delegates& delegates,
                                                    const VolumeId& volumeId, const TargetIdentity& target);

  RemoveStrayTarget(const Delegates& delegates, Context context)
      : Workflow(std::move(context)), delegates_(delegates) {}

  std::string_view kind() const override { return kKind; }
  std::vector<Step> steps() override;
  void commit(metadata::MetadataWriter& tx) override;
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;
  void explain(metadata::MetadataWriter& tx, const std::string& reason) override;
  bool isRoutine() const override { return true; }

private:
  const Delegates& delegates_;
};

}  // namespace vbs::workflows
