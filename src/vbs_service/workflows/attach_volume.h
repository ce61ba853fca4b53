#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>

#include "common/api/vbs_service.h"
#include "vbs_service/engine/workflow_of.h"
#include "vbs_service/workflows/attached_volume.h"

namespace vbs::workflows {

struct AttachVolumeParameters {
  VmmHostname vmmHostname;
  AttachedVolume volume;
  std::optional<PriorFinding> before;   ///< what the host had of the volume; absent in journals of old
  std::optional<VmPlace> place;         ///< as the host's VMM Delegate told
  std::optional<bool> isHostConnected;  ///< after the host's undo: it was connected before, and still is

  static constexpr auto fields() {
    using P = AttachVolumeParameters;
    using engine::field;
    using engine::inlined;
    return std::tuple{field("vmmHostname", &P::vmmHostname), inlined(&P::volume), inlined(&P::before),
                      inlined(&P::place), field("isHostConnected", &P::isHostConnected)};
  }
  bool operator==(const AttachVolumeParameters&) const = default;
};

/// available -> attaching -> look at the VM host -> export on the volume server -> attach at the VM host ->
/// in-use. Rolled back, the host is cleaned first and the export removed after it, but for what was there
/// before, and the volume is available.
class AttachVolume : public engine::WorkflowOf<AttachVolume, AttachVolumeParameters, Attachment> {
public:
  static constexpr metadata::OperationKind kKind{
      .name = "attachVolume",
      .resource = metadata::OperationResource::volume({VolumeStatus::Attaching}),
      .inWords = "being attached"};
  /// The step before which nothing is asked of the host.
  static constexpr std::string_view kHostStep = "attachVolume";

  static std::span<const Step> steps();

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

  using WorkflowOf::WorkflowOf;

  /// The attachment, attached.
  Attachment commit(metadata::MetadataWriter& tx);
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;
  std::optional<std::string> shortfall() const override;

private:
  void lookAtHost(const OperationContext& context);
  void exportVolume(const OperationContext& context);
  void unexportVolume(const OperationContext& context);
  void attachVolume(const OperationContext& context);
  void detachVolume(const OperationContext& context);

  /// Where nobody has looked, anything may have been there.
  PriorFinding before() const { return parameters_.before.value_or(PriorFinding{}); }
  VmAttachment attachment(const std::optional<PriorFinding>& prior) const;
  /// Tells the Volume Delegate of the undo, and takes nothing away.
  void keepExported(const OperationContext& context);
  /// A host lets go of a target only while it is there: one that was lost meanwhile is made again before the
  /// host is asked the next time.
  void exportForTheHost(const OperationContext& context);
  /// The host had, or may have, something of the volume that is not this attach's.
  bool leavesSomething() const;
};

}  // namespace vbs::workflows
