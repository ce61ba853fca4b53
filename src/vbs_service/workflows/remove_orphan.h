#pragma once

#include <memory>
#include <optional>

#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/workflow.h"

namespace vbs::workflows {

/// A volume on the volume server that the metadata do not have, though this service gave its id: deleted, as
/// an administrator asked for. Any answer ends it.
class RemoveOrphanVolume : public engine::Workflow {
public:
  static constexpr std::string_view kKind = "removeOrphanVolume";

  /// Throws IncorrectState when the metadata have it.
  static std::shared_ptr<RemoveOrphanVolume> reserve(metadata::MetadataWriter& tx,
                                                     const engine::Delegates& delegates,
                                                     const VolumeId& volumeId, SizeGiB size);

  RemoveOrphanVolume(const engine::Delegates& delegates, engine::Context context)
      : engine::Workflow(std::move(context)), delegates_(delegates) {}

  std::string_view kind() const override { return kKind; }
  std::vector<engine::Step> steps() override;
  void commit(metadata::MetadataWriter& tx) override;
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;

private:
  const engine::Delegates& delegates_;
};

/// The same for a snapshot.
class RemoveOrphanSnapshot : public engine::Workflow {
public:
  static constexpr std::string_view kKind = "removeOrphanSnapshot";

  /// Throws IncorrectState when the metadata have it.
  static std::shared_ptr<RemoveOrphanSnapshot> reserve(metadata::MetadataWriter& tx,
                                                       const engine::Delegates& delegates,
                                                       const SnapshotId& snapshotId, const VolumeId& volumeId,
                                                       SizeGiB size);

  RemoveOrphanSnapshot(const engine::Delegates& delegates, engine::Context context)
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
