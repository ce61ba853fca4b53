#pragma once

#include <vector>

#include "common/api/volume_delegate.h"
#include "common/delegate/listing.h"

namespace vbs::volume_delegate {

// What the listing actions of a volume server show, as model types: sorted, each thing once, and without the
// names that are no ids of ours.

std::vector<VolumeId> volumeIdsIn(const std::vector<delegate::Record>& records);
std::vector<VolumeServerInventory::Volume> volumesIn(const std::vector<delegate::Record>& records);
std::vector<SnapshotId> snapshotIdsIn(const std::vector<delegate::Record>& records);
std::vector<VolumeServerInventory::Snapshot> snapshotsIn(const std::vector<delegate::Record>& records);
std::vector<VolumeServerInventory::Target> targetsIn(const std::vector<delegate::Record>& records);
/// The numbers of the targets that targetsIn leaves out.
std::vector<TargetId> foreignTargetIdsIn(const std::vector<delegate::Record>& records);

/// From two of the groups totalBytes, freeBytes and usedBytes, in decimal bytes, or from totalBytes and
/// usedPercent (0 to 100, of one pool). They may stand on different lines, and what several lines show of one
/// count of bytes is added up. Throws Error{CommandFailed} when they do not make a capacity.
Capacity capacityIn(const std::vector<delegate::Record>& records);

}  // namespace vbs::volume_delegate
