#pragma once

#include <memory>
#include <optional>

#include "common/api/vbs_service.h"
#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/workflow.h"

namespace vbs::workflows {

/// available -> attaching -> look at the VM host -> export on the volume server -> attach at the VM host ->
/// in-use. Rolled back, the host is cleaned first and the export removed after it, but for what was there
/// before, and the volume is available.
class AttachVolume : public engine::Workflow {
public:
  static constexpr std::string_view kKind = "attachVolume";
  /// The step before which nothing is asked of the host.
  static constexpr std::string_view kHostStep = "attachVolume";

  /// Throws VolumeNotFound, VolumeInUse, IncorrectState; DeviceInUse when the device is taken, be it by what
  /// a forced detach left on the host.
  static void check(const metadata::MetadataReader& tx, const AttachVolumeRequest& request);
  /// Throws IncorrectState when the volume was seen in a VM of another host.
  static void requireNotSeenElsewhere(const engine::LastSurvey& survey, const AttachVolumeRequest& request);
  /// check() and requireNotSeenElsewhere(), then attaching. `targetPrefix`: an IQN, absent where the volume
  /// server uses no targets.
  static std::shared_ptr<AttachVolume> reserve(metadata::MetadataWriter& tx,
                                               const engine::Delegates& delegates,
                                               const AttachVolumeRequest& request,
                                               const std::optional<std::string>& targetPrefix);

  AttachVolume(const engine::Delegates& delegates, engine::Context context)
      : engine::Workflow(std::move(context)), delegates_(delegates) {}

  std::string_view kind() const override { return kKind; }
  std::vector<engine::Step> steps() override;
  void commit(metadata::MetadataWriter& tx) override;
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;
  std::optional<std::string> shortfall() const override;

  /// The attachment as commit() left it.
  const Attachment& result() const { return result_.value(); }

private:
  /// The host had, or may have, something of the volume that is not this attach's.
  bool leavesSomething() const;
  /// What the host's undo is to leave.
  VmAttachment undone() const;
  /// A host lets go of a target only while it is there: one that was lost meanwhile is made again before the
  /// host is asked the next time.
  void exportForTheHost(const OperationContext& context);

  const engine::Delegates& delegates_;
  VmPlace place_;
  std::optional<bool> isHostConnected_;  // as it was before, as the host's undo told
  std::optional<Attachment> result_;
};

}  // namespace vbs::workflows
