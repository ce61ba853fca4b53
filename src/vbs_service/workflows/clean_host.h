#pragma once

#include <memory>
#include <optional>

#include "common/api/vbs_service.h"
#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/workflow.h"

namespace vbs::workflows {

/// A host was lost when its volume was detached by force: once it is back, its session and its VM's device
/// are taken away. So are those that are found at a host where the volume is not attached. Goes on beside the
/// volume's next life; until it is done, neither the volume nor the device is attached at that host again,
/// for the cleaning would take the new one away.
class CleanHost : public engine::Workflow {
public:
  static constexpr std::string_view kKind = "cleanHost";

  /// Opens the operation; `attached` is the context of the detach. Returns its id.
  static OperationId owe(metadata::MetadataWriter& tx, const engine::Context& attached);
  /// `found`: what is at a host where the volume is not attached. Throws IncorrectState when it is by now, or
  /// when another operation goes on with the volume, the host or the device.
  static std::shared_ptr<CleanHost> reserve(metadata::MetadataWriter& tx, const engine::Delegates& delegates,
                                            const engine::Context& found);
  /// Throws IncorrectState or DeviceInUse when a host that is still owed its cleaning is named.
  static void requireClean(const metadata::MetadataReader& tx, const AttachVolumeRequest& request);

  CleanHost(const engine::Delegates& delegates, engine::Context context)
      : engine::Workflow(std::move(context)), delegates_(delegates) {}

  std::string_view kind() const override { return kKind; }
  /// It goes on beside the volume's next life.
  bool isExclusive() const override { return false; }
  void journalled(metadata::MetadataWriter& tx, const OperationId& id) const override;
  std::vector<engine::Step> steps() override;
  void commit(metadata::MetadataWriter& tx) override;
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;
  bool isRoutine() const override { return context_.wasFound; }
  void setReason(metadata::MetadataWriter& tx, const std::string& reason) override;

private:
  const engine::Delegates& delegates_;
};

}  // namespace vbs::workflows
