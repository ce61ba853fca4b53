#pragma once

#include <memory>
#include <optional>

#include "common/api/vbs_service.h"
#include "vbs_service/capacity/promise_limit.h"
#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/workflow.h"

namespace vbs::workflows {

/// reserve an id (pending) -> create on the volume server -> available; from a snapshot it stays pending
/// while the copy runs, which CopyWatcher ends. Rolled back, the volume is deleted and its row goes away.
class CreateVolume : public engine::Workflow {
public:
  static constexpr std::string_view kKind = "createVolume";

  /// `limit`: what all volumes may have together, this one included; none where there is no limit. Throws
  /// SnapshotNotFound, IncorrectState (the snapshot is not completed), InvalidParameter (the sizes) and
  /// InsufficientCapacity (the limit).
  static std::shared_ptr<CreateVolume> reserve(metadata::MetadataWriter& tx,
                                               const engine::Delegates& delegates,
                                               const CreateVolumeRequest& request,
                                               const std::optional<capacity::PromiseLimit>& limit);

  CreateVolume(const engine::Delegates& delegates, engine::Context context)
      : engine::Workflow(std::move(context)), delegates_(delegates) {}

  std::string_view kind() const override { return kKind; }
  std::vector<engine::Step> steps() override;
  void commit(metadata::MetadataWriter& tx) override;
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;

  /// The volume as commit() left it.
  const Volume& result() const { return result_.value(); }

private:
  const engine::Delegates& delegates_;
  CreateVolumeOutcome outcome_ = CreateVolumeOutcome::Pending;
  std::optional<Volume> result_;
};

}  // namespace vbs::workflows
