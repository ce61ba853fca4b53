#pragma once

#include <memory>
#include <optional>

#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/workflow.h"

namespace vbs::workflows {

/// available | error | pending -> deleting -> delete on the volume server -> the row goes away. Refused, the
/// volume is what it was (a pending one, whose copy is ended, is in error). With no clear answer, or
/// when a later command of several failed, it stays deleting and is asked again: what may be gone or wiped
/// cannot be called available.
class DeleteVolume : public engine::Workflow {
public:
  static constexpr std::string_view kKind = "deleteVolume";

  /// Throws VolumeNotFound, VolumeInUse, IncorrectState; DependencyViolation while snapshots of the volume
  /// exist (an LVM origin cannot go before its snapshots).
  static void check(const metadata::MetadataReader& tx, const VolumeId& volumeId);
  /// check(), then deleting.
  static std::shared_ptr<DeleteVolume> reserve(metadata::MetadataWriter& tx,
                                               const engine::Delegates& delegates, const VolumeId& volumeId);

  DeleteVolume(const engine::Delegates& delegates, engine::Context context)
      : engine::Workflow(std::move(context)), delegates_(delegates) {}

  std::string_view kind() const override { return kKind; }
  std::vector<engine::Step> steps() override;
  void commit(metadata::MetadataWriter& tx) override;
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;

private:
  const engine::Delegates& delegates_;
};

}  // namespace vbs::workflows
