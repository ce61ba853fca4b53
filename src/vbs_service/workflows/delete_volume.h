#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>

#include "vbs_service/engine/workflow_of.h"

namespace vbs::workflows {

struct DeleteVolumeParameters {
  VolumeId volumeId;
  SizeGiB size;
  VolumeStatus volumeBefore;                ///< the status to go back to
  std::optional<std::string> reasonBefore;  ///< what stood beside it

  static constexpr auto fields() {
    using P = DeleteVolumeParameters;
    using engine::field;
    return std::tuple{field("volumeId", &P::volumeId), field("sizeGiB", &P::size),
                      field("volumeBefore", &P::volumeBefore), field("reasonBefore", &P::reasonBefore)};
  }
  bool operator==(const DeleteVolumeParameters&) const = default;
};

/// available | error | pending -> deleting -> delete on the volume server -> the row goes away. Refused, the
/// volume is what it was (a pending one, whose copy is ended, is in error). With no clear answer, or
/// when a later command of several failed, it stays deleting and is asked again: what may be gone or wiped
/// cannot be called available.
class DeleteVolume : public engine::WorkflowOf<DeleteVolume, DeleteVolumeParameters> {
public:
  static constexpr metadata::OperationKind kKind{
      .name = "deleteVolume",
      .resource = metadata::OperationResource::volume({VolumeStatus::Deleting}),
      .inWords = "being deleted"};

  static std::span<const Step> steps();

  /// Throws VolumeNotFound, VolumeInUse, IncorrectState; DependencyViolation while snapshots of the volume
  /// exist (an LVM origin cannot go before its snapshots).
  static void check(const metadata::MetadataReader& tx, const VolumeId& volumeId);
  /// check(), then deleting.
  static std::shared_ptr<DeleteVolume> reserve(metadata::MetadataWriter& tx,
                                               const engine::Delegates& delegates, const VolumeId& volumeId);

  using WorkflowOf::WorkflowOf;

  void commit(metadata::MetadataWriter& tx);
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;

private:
  void deleteVolume(const OperationContext& context);
};

}  // namespace vbs::workflows
