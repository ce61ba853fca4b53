#pragma once

#include <memory>
#include <optional>
#include <span>
#include <tuple>

#include "vbs_service/engine/workflow_of.h"
#include "vbs_service/metadata/metadata_reader.h"
#include "vbs_service/workflows/attached_volume.h"

namespace vbs::workflows {

struct RestoreAttachmentParameters {
  VmmHostname vmmHostname;
  AttachedVolume volume;
  bool restoresDevice;           ///< the host is connected again, and the VM given its device
  bool reconnects;               ///< the host's session is ended before that, as it does not work
  std::optional<VmPlace> place;  ///< as the host's VMM Delegate told

  static constexpr auto fields() {
    using P = RestoreAttachmentParameters;
    using engine::field;
    using engine::inlined;
    return std::tuple{field("vmmHostname", &P::vmmHostname), inlined(&P::volume),
                      field("restoresDevice", &P::restoresDevice), field("reconnects", &P::reconnects),
                      inlined(&P::place)};
  }
  bool operator==(const RestoreAttachmentParameters&) const = default;
};

/// A volume in use has lost its export, or its host's connection or the VM's device: export it and attach it
/// again as the metadata say. It is in use all the while. Nothing is undone, for what was made again is what
/// shall be there: a step that fails ends it, the volume says in its statusReason what is missing, and the
/// next reconciliation begins anew.
class RestoreAttachment : public engine::WorkflowOf<RestoreAttachment, RestoreAttachmentParameters> {
public:
  static constexpr metadata::OperationKind kKind{
      .name = "restoreAttachment",
      .resource = metadata::OperationResource::volume({VolumeStatus::InUse}),
      .inWords = "being exported and attached again",
      .isBrief = true};

  static std::span<const Step> steps();

  struct Extent {
    bool atHost = false;     ///< the host's part is missing too
    bool reconnect = false;  ///< the host's session does not work and no VM has it: it is ended first
  };
  /// `lost`: the attachment as it was when it was found missing. Throws IncorrectState when it is another one
  /// by now, or none.
  static std::shared_ptr<RestoreAttachment> reserve(metadata::MetadataWriter& tx,
                                                    const engine::Delegates& delegates,
                                                    const metadata::AttachmentRecord& lost,
                                                    const Extent& extent);

  using WorkflowOf::WorkflowOf;

  void commit(metadata::MetadataWriter& tx);
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;
  bool isRoutine() const override { return true; }

private:
  void exportVolume(const OperationContext& context);
  void disconnectHost(const OperationContext& context);
  void attachVolume(const OperationContext& context);

  bool restoresDevice() const { return parameters_.restoresDevice; }
  bool reconnects() const { return parameters_.restoresDevice && parameters_.reconnects; }
};

}  // namespace vbs::workflows
