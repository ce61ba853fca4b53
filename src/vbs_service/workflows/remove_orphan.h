#pragma once

#include <memory>
#include <span>
#include <tuple>

#include "vbs_service/engine/workflow_of.h"

namespace vbs::workflows {

struct RemoveOrphanVolumeParameters {
  VolumeId volumeId;
  SizeGiB size;

  static constexpr auto fields() {
    using P = RemoveOrphanVolumeParameters;
    return std::tuple{engine::field("volumeId", &P::volumeId), engine::field("sizeGiB", &P::size)};
  }
  bool operator==(const RemoveOrphanVolumeParameters&) const = default;
};

/// A volume on the volume server that the metadata do not have, though this service gave its id: deleted, as
/// an administrator asked for. Any answer ends it.
class RemoveOrphanVolume : public engine::WorkflowOf<RemoveOrphanVolume, RemoveOrphanVolumeParameters> {
public:
  static constexpr metadata::OperationKind kKind{.name = "removeOrphanVolume",
                                                 .resource = metadata::OperationResource::volume({}).orGone(),
                                                 .inWords = "being removed as an orphan"};

  static std::span<const Step> steps();

  /// Throws IncorrectState when the metadata have it.
  static std::shared_ptr<RemoveOrphanVolume> reserve(metadata::MetadataWriter& tx,
                                                     const engine::Delegates& delegates,
                                                     const VolumeId& volumeId, SizeGiB size);

  using WorkflowOf::WorkflowOf;

private:
  void deleteVolume(const OperationContext& context);
};

struct RemoveOrphanSnapshotParameters {
  SnapshotId snapshotId;
  VolumeId volumeId;
  SizeGiB size;

  static constexpr auto fields() {
    using P = RemoveOrphanSnapshotParameters;
    using engine::field;
    return std::tuple{field("snapshotId", &P::snapshotId), field("volumeId", &P::volumeId),
                      field("sizeGiB", &P::size)};
  }
  bool operator==(const RemoveOrphanSnapshotParameters&) const = default;
};

/// The same for a snapshot.
class RemoveOrphanSnapshot : public engine::WorkflowOf<RemoveOrphanSnapshot, RemoveOrphanSnapshotParameters> {
public:
  static constexpr metadata::OperationKind kKind{
      .name = "removeOrphanSnapshot",
      .resource = metadata::OperationResource::snapshot({}).orGone(),
      .inWords = "being removed as an orphan"};

  static std::span<const Step> steps();

  /// Throws IncorrectState when the metadata have it.
  static std::shared_ptr<RemoveOrphanSnapshot> reserve(metadata::MetadataWriter& tx,
                                                       const engine::Delegates& delegates,
                                                       const SnapshotId& snapshotId, const VolumeId& volumeId,
                                                       SizeGiB size);

  using WorkflowOf::WorkflowOf;

private:
  void deleteSnapshot(const OperationContext& context);
};

}  // namespace vbs::workflows
