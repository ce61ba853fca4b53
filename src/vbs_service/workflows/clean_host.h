#pragma once

#include <memory>
#include <optional>
#include <span>
#include <tuple>

#include "common/api/vbs_service.h"
#include "vbs_service/engine/workflow_of.h"
#include "vbs_service/workflows/attached_volume.h"

namespace vbs::workflows {

struct CleanHostParameters {
  VmmHostname vmmHostname;
  AttachedVolume volume;
  bool wasFound;                          ///< at the host, instead of having been detached by force
  std::optional<TargetName> foundTarget;  ///< that the host was found connected to, if it is known

  static constexpr auto fields() {
    using P = CleanHostParameters;
    using engine::field;
    return std::tuple{field("vmmHostname", &P::vmmHostname), engine::inlined(&P::volume),
                      field("wasFound", &P::wasFound), field("foundTarget", &P::foundTarget)};
  }
  bool operator==(const CleanHostParameters&) const = default;
};

/// A host was lost when its volume was detached by force: once it is back, its session and its VM's device
/// are taken away. So are those that are found at a host where the volume is not attached. Goes on beside the
/// volume's next life; until it is done, neither the volume nor the device is attached at that host again,
/// for the cleaning would take the new one away.
class CleanHost : public engine::WorkflowOf<CleanHost, CleanHostParameters> {
public:
  static constexpr metadata::OperationKind kKind{
      .name = "cleanHost",
      .resource = metadata::OperationResource::anyVolume(),
      .inWords = "being taken from a host where it is not attached",
      .isExclusive = false};

  static std::span<const Step> steps();

  /// For a host that a forced detach has taken the volume from.
  static std::shared_ptr<CleanHost> owed(const engine::Delegates& delegates, const VmmHostname& host,
                                         const AttachedVolume& volume);
  /// `found`: what is at a host where the volume is not attached. Throws IncorrectState when it is by now, or
  /// when another operation goes on with the volume, the host or the device.
  static std::shared_ptr<CleanHost> reserve(metadata::MetadataWriter& tx, const engine::Delegates& delegates,
                                            const CleanHostParameters& found);
  /// Throws IncorrectState or DeviceInUse when a host that is still owed its cleaning is named.
  static void requireClean(const metadata::MetadataReader& tx, const AttachVolumeRequest& request);

  using WorkflowOf::WorkflowOf;

  void journalled(metadata::MetadataWriter& tx, const OperationId& id) const override;
  void commit(metadata::MetadataWriter& tx);
  bool isRoutine() const override { return wasFound(); }

private:
  void detachVolume(const OperationContext& context);

  bool wasFound() const { return parameters_.wasFound; }
  bool isOwed() const { return !parameters_.wasFound; }
};

}  // namespace vbs::workflows
