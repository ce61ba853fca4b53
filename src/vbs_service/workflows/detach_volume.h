#pragma once

#include <memory>
#include <optional>

#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/workflow.h"

namespace vbs::workflows {

/// in-use -> detaching -> see that it is exported -> detach at the VM host -> remove the export -> available.
/// Rolled back, the volume is exported and attached again, and in use. Where a delegate refuses that (the VM
/// has ended meanwhile), or it is not certain, it is in use all the same and says what is missing:
/// reconciling restores it, and another detach finds it gone.
class DetachVolume : public engine::Workflow {
public:
  static constexpr std::string_view kKind = "detachVolume";

  /// Throws VolumeNotFound; IncorrectState unless the volume is in use.
  static void check(const metadata::MetadataReader& tx, const VolumeId& volumeId);
  /// check(), then detaching.
  static std::shared_ptr<DetachVolume> reserve(metadata::MetadataWriter& tx,
                                               const engine::Delegates& delegates, const VolumeId& volumeId);

  DetachVolume(const engine::Delegates& delegates, engine::Context context)
      : engine::Workflow(std::move(context)), delegates_(delegates) {}

  std::string_view kind() const override { return kKind; }
  std::vector<engine::Step> steps() override;
  void commit(metadata::MetadataWriter& tx) override;
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;
  std::optional<std::string> shortfall() const override { return missing_; }

  /// The attachment as it was last, detaching (what EC2 answers).
  const Attachment& result() const { return result_.value(); }

private:
  void exportAgain(const OperationContext& context);
  void attachAgain(const OperationContext& context);

  const engine::Delegates& delegates_;
  bool isExported_ = false;             // the last answer to an export was a good one; never after a restart
  std::optional<VmPlace> place_;        // of an attachment that was made again
  std::optional<std::string> missing_;  // after a roll-back
  bool isExportUncertain_ = false;      // the same
  std::optional<Attachment> result_;
};

}  // namespace vbs::workflows
