#pragma once

#include <memory>
#include <optional>
#include <span>
#include <tuple>

#include "vbs_service/engine/workflow_of.h"
#include "vbs_service/workflows/attached_volume.h"

namespace vbs::workflows {

struct ForceDetachParameters {
  AttachedVolume volume;
  std::optional<VmmHostname> vmmHostname;  ///< the host is owed a cleaning, as it was asked for the volume
  std::optional<VmmHostname> lostHost;     ///< absent in journals of old: vmmHostname

  static constexpr auto fields() {
    using P = ForceDetachParameters;
    using engine::field;
    using engine::inlined;
    return std::tuple{inlined(&P::volume), field("vmmHostname", &P::vmmHostname),
                      field("lostHost", &P::lostHost)};
  }
  bool operator==(const ForceDetachParameters&) const = default;
};

/// The VM host is lost: in-use | detaching | attaching -> cut it off and remove the export, whatever holds it
/// -> available, and a CleanHost operation is owed to the host for when it comes back, if it was asked at
/// all. There is no way back: the export is asked to go until it has.
class ForceDetach : public engine::WorkflowOf<ForceDetach, ForceDetachParameters, Attachment> {
public:
  static constexpr metadata::OperationKind kKind{
      .name = "forceDetach",
      .resource = metadata::OperationResource::volume({VolumeStatus::Attaching, VolumeStatus::Detaching}),
      .inWords = "being detached by force"};

  static std::span<const Step> steps();

  /// What it takes away. Throws VolumeNotFound; IncorrectState when the volume is not attached, nor being so.
  static metadata::AttachmentRecord check(const metadata::MetadataReader& tx, const VolumeId& volumeId);
  /// `asked`: what was attached when the request came; nothing else is detached. `stuck`: an operation on the
  /// volume that waits for the lost host; this one takes its place.
  static std::shared_ptr<ForceDetach> reserve(metadata::MetadataWriter& tx,
                                              const engine::Delegates& delegates,
                                              const metadata::AttachmentRecord& asked,
                                              const std::optional<OperationId>& stuck);

  using WorkflowOf::WorkflowOf;

  /// The attachment as it was last.
  Attachment commit(metadata::MetadataWriter& tx);
  std::shared_ptr<engine::Workflow> followUp() override;

private:
  void unexportVolume(const OperationContext& context);

  /// The host that is skipped, be it owed a cleaning or not.
  std::optional<VmmHostname> lostHost() const;
};

}  // namespace vbs::workflows
