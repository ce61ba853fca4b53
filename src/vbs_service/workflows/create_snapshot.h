#pragma once

#include <memory>
#include <optional>

#include "common/api/vbs_service.h"
#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/workflow.h"

namespace vbs::workflows {

/// reserve an id (pending) -> snapshot on the volume server -> completed. Rolled back, the snapshot is
/// deleted and its row goes away. The row alone keeps the volume from being deleted meanwhile.
class CreateSnapshot : public engine::Workflow {
public:
  static constexpr std::string_view kKind = "createSnapshot";

  /// Throws VolumeNotFound; IncorrectState unless the volume is available or in use.
  static std::shared_ptr<CreateSnapshot> reserve(metadata::MetadataWriter& tx,
                                                 const engine::Delegates& delegates,
                                                 const CreateSnapshotRequest& request);

  CreateSnapshot(const engine::Delegates& delegates, engine::Context context)
      : engine::Workflow(std::move(context)), delegates_(delegates) {}

  std::string_view kind() const override { return kKind; }
  std::string resource() const override { return context_.snapshotId.value().str(); }
  std::vector<engine::Step> steps() override;
  void commit(metadata::MetadataWriter& tx) override;
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;
  void setReason(metadata::MetadataWriter& tx, const std::string& reason) override;

  /// The snapshot as commit() left it.
  const Snapshot& result() const { return result_.value(); }

private:
  const engine::Delegates& delegates_;
  std::optional<Snapshot> result_;
};

}  // namespace vbs::workflows
