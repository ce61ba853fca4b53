#pragma once

#include <memory>
#include <optional>

#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/workflow.h"

namespace vbs::workflows {

/// The VM host is lost: in-use | detaching | attaching -> cut it off and remove the export, whatever holds it
/// -> available, and a CleanHost operation is owed to the host for when it comes back, if it was asked at
/// all. There is no way back: the export is asked to go until it has.
class ForceDetach : public engine::Workflow {
public:
  static constexpr std::string_view kKind = "forceDetach";

  /// Throws VolumeNotFound; IncorrectState when the volume is not attached, nor being so.
  static void check(const metadata::MetadataReader& tx, const VolumeId& volumeId);
  /// `stuck`: an operation on the volume that waits for the lost host; this one takes its place.
  static std::shared_ptr<ForceDetach> reserve(metadata::MetadataWriter& tx,
                                              const engine::Delegates& delegates, const VolumeId& volumeId,
                                              const std::optional<OperationId>& stuck);

  ForceDetach(const engine::Delegates& delegates, engine::Context context)
      : engine::Workflow(std::move(context)), delegates_(delegates) {}

  std::string_view kind() const override { return kKind; }
  std::vector<engine::Step> steps() override;
  void commit(metadata::MetadataWriter& tx) override;
  std::optional<OperationId> followUp() const override { return cleaning_; }

  /// The attachment as it was last.
  const Attachment& result() const { return result_.value(); }

private:
  /// The host that is skipped, be it owed a cleaning or not. A row that an older version wrote names only one
  /// that is.
  std::optional<VmmHostname> lostHost() const;

  const engine::Delegates& delegates_;
  std::optional<OperationId> cleaning_;
  std::optional<Attachment> result_;
};

}  // namespace vbs::workflows
