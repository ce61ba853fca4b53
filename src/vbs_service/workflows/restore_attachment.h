#pragma once

#include <memory>
#include <optional>
#include <string>

#include "vbs_service/engine/delegates.h"
#include "vbs_service/engine/workflow.h"
#include "vbs_service/metadata/metadata_reader.h"

namespace vbs::workflows {

/// A volume in use has lost its export, or its host's connection or the VM's device: export it and attach it
/// again as the metadata say. It is in use all the while. Nothing is undone, for what was made again is what
/// shall be there: a step that fails ends it, the volume says in its statusReason what is missing, and the
/// next reconciliation begins anew.
class RestoreAttachment : public engine::Workflow {
public:
  static constexpr std::string_view kKind = "restoreAttachment";
  static constexpr bool kIsBrief = true;

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

  RestoreAttachment(const engine::Delegates& delegates, engine::Context context)
      : engine::Workflow(std::move(context)), delegates_(delegates) {}

  std::string_view kind() const override { return kKind; }
  std::vector<engine::Step> steps() override;
  void commit(metadata::MetadataWriter& tx) override;
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;
  bool isRoutine() const override { return true; }

private:
  const engine::Delegates& delegates_;
  std::optional<VmPlace> place_;
};

}  // namespace vbs::workflows
