#pragma once

#include <memory>
#include <optional>

#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/workflow.h"

namespace vbs::workflows {

/// The Volume Delegate has forgotten the copy that a pending volume waits for: create the volume again.
/// Rolled back, what was begun is deleted; a refused one leaves the volume in error, after any other failure
/// it stays pending, and CopyWatcher comes by again.
class RestartCopy : public engine::Workflow {
public:
  static constexpr std::string_view kKind = "restartCopy";

  /// Throws VolumeNotFound, or IncorrectState when the volume waits for no copy any more.
  static std::shared_ptr<RestartCopy> reserve(metadata::MetadataWriter& tx,
                                              const engine::Delegates& delegates, const VolumeId& volumeId);

  RestartCopy(const engine::Delegates& delegates, engine::Context context)
      : engine::Workflow(std::move(context)), delegates_(delegates) {}

  std::string_view kind() const override { return kKind; }
  std::vector<engine::Step> steps() override;
  void commit(metadata::MetadataWriter& tx) override;
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;

private:
  const engine::Delegates& delegates_;
  CreateVolumeOutcome outcome_ = CreateVolumeOutcome::Pending;
};

}  // namespace vbs::workflows
