#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>

#include "vbs_service/engine/workflow_of.h"
#include "vbs_service/workflows/attached_volume.h"

namespace vbs::workflows {

struct DetachVolumeParameters {
  VmmHostname vmmHostname;
  AttachedVolume volume;
  bool isExported;                     ///< the last answer to an export was a good one; see resume()
  std::optional<VmPlace> place;        ///< of an attachment that was made again
  std::optional<std::string> missing;  ///< what the roll-back could not bring back
  bool isExportUncertain;              ///< after the roll-back

  static constexpr auto fields() {
    using P = DetachVolumeParameters;
    using engine::field;
    using engine::inlined;
    return std::tuple{
        field("vmmHostname", &P::vmmHostname), inlined(&P::volume),
        field("isExported", &P::isExported),   inlined(&P::place),
        field("missing", &P::missing),         field("isExportUncertain", &P::isExportUncertain)};
  }
  bool operator==(const DetachVolumeParameters&) const = default;
};

/// in-use -> detaching -> see that it is exported -> detach at the VM host -> remove the export -> available.
/// Rolled back, the volume is exported and attached again, and in use. Where a delegate refuses that (the VM
/// has ended meanwhile), or it is not certain, it is in use all the same and says what is missing:
/// reconciling restores it, and another detach finds it gone.
class DetachVolume : public engine::WorkflowOf<DetachVolume, DetachVolumeParameters, Attachment> {
public:
  static constexpr metadata::OperationKind kKind{
      .name = "detachVolume",
      .resource = metadata::OperationResource::volume({VolumeStatus::Detaching}),
      .inWords = "being detached"};

  static std::span<const Step> steps();

  /// What it takes away. Throws VolumeNotFound; IncorrectState unless the volume is in use.
  static metadata::AttachmentRecord check(const metadata::MetadataReader& tx, const VolumeId& volumeId);
  /// check(), then detaching. `asked`: what was attached when the request came; nothing else is detached.
  static std::shared_ptr<DetachVolume> reserve(metadata::MetadataWriter& tx,
                                               const engine::Delegates& delegates,
                                               const metadata::AttachmentRecord& asked);

  using WorkflowOf::WorkflowOf;

  /// The attachment as it was last, detaching (what EC2 answers).
  Attachment commit(metadata::MetadataWriter& tx);
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;
  std::optional<std::string> shortfall() const override { return parameters_.missing; }
  void resume(engine::Bookkeeping bookkeeping, metadata::OperationState state) override;

private:
  void seeThatItIsExported(const OperationContext& context);
  void exportAsBefore(const OperationContext& context);
  void detachVolume(const OperationContext& context);
  void attachAgain(const OperationContext& context);
  void unexportVolume(const OperationContext& context);
  void exportAgain(const OperationContext& context);

  void exportVolume(const OperationContext& context);
};

}  // namespace vbs::workflows
