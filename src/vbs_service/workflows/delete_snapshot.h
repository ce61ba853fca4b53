#pragma once

#include <memory>
#include <optional>

#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/workflow.h"

namespace vbs::workflows {

/// completed | error -> deleting -> delete on the volume server -> the row goes away. Refused, the snapshot
/// is what it was; with no clear answer, or when a later command of several failed, it stays
/// deleting and is asked again.
class DeleteSnapshot : public engine::Workflow {
public:
  static constexpr std::string_view kKind = "deleteSnapshot";

  /// Throws SnapshotNotFound, IncorrectState; DependencyViolation while a volume is being copied from it.
  static void check(const metadata::MetadataReader& tx, const SnapshotId& snapshotId);
  /// check(), then deleting.
  static std::shared_ptr<DeleteSnapshot> reserve(metadata::MetadataWriter& tx,
                                                 const engine::Delegates& delegates,
                                                 const SnapshotId& snapshotId);

  DeleteSnapshot(const engine::Delegates& delegates, engine::Context context)
      : engine::Workflow(std::move(context)), delegates_(delegates) {}

  std::string_view kind() const override { return kKind; }
  std::string resource() const override { return context_.snapshotId.value().str(); }
  std::vector<engine::Step> steps() override;
  void commit(metadata::MetadataWriter& tx) override;
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;
  void setReason(metadata::MetadataWriter& tx, const std::string& reason) override;

private:
  const engine::Delegates& delegates_;
};

}  // namespace vbs::workflows
