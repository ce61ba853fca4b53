#pragma once

#include <memory>
#include <optional>
#include <span>
#include <tuple>

#include "vbs_service/engine/workflow_of.h"

namespace vbs::workflows {

struct RestartCopyParameters {
  VolumeId volumeId;
  std::optional<SnapshotId> snapshotId;
  SizeGiB size;
  bool isReady;  ///< as the Volume Delegate told: no copy runs

  static constexpr auto fields() {
    using P = RestartCopyParameters;
    using engine::field;
    return std::tuple{field("volumeId", &P::volumeId), field("snapshotId", &P::snapshotId),
                      field("sizeGiB", &P::size), field("isReady", &P::isReady)};
  }
  bool operator==(const RestartCopyParameters&) const = default;
};

/// The Volume Delegate has forgotten the copy that a pending volume waits for: create the volume again.
/// Rolled back, what was begun is deleted; a refused one leaves the volume in error, after any other failure
/// it stays pending, and CopyWatcher comes by again.
class RestartCopy : public engine::WorkflowOf<RestartCopy, RestartCopyParameters> {
public:
  static constexpr metadata::OperationKind kKind{
      .name = "restartCopy",
      .resource = metadata::OperationResource::volume({VolumeStatus::Pending}),
      .inWords = "being copied to again"};

  static std::span<const Step> steps();

  /// Throws VolumeNotFound, or IncorrectState when the volume waits for no copy any more.
  static std::shared_ptr<RestartCopy> reserve(metadata::MetadataWriter& tx,
                                              const engine::Delegates& delegates, const VolumeId& volumeId);

  using WorkflowOf::WorkflowOf;

  void commit(metadata::MetadataWriter& tx);
  void abandon(metadata::MetadataWriter& tx, const std::optional<Error>& cause) override;

private:
  void createVolume(const OperationContext& context);
  void deleteVolume(const OperationContext& context);
};

}  // namespace vbs::workflows
