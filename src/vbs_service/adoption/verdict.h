#pragma once

#include "common/model/ids.h"
#include "common/model/size.h"
#include "vbs_service/adoption/evidence.h"

namespace vbs::adoption {

/// The size of a volume that may be taken into the metadata as available. Throws when it may not:
/// - VolumeNotFound when it is not there,
/// - VolumeInUse when a host has it,
/// - CommandFailed when the listing does not tell enough; the message names the key of the pattern file,
/// - IncorrectState otherwise.
SizeGiB requireAdoptable(const VolumeId& id, const Evidence& evidence);

/// The volume that a snapshot belongs to. Throws likewise; SnapshotNotFound when it is not there.
VolumeId requireAdoptable(const SnapshotId& id, const Evidence& evidence);

/// Throws IncorrectState when the listing tells another size than that of the snapshot's volume. A volume
/// never changes its size, so one of the two is something else.
void requireSizeOfVolume(const SnapshotId& id, const Evidence& evidence, const VolumeId& volumeId,
                         SizeGiB size);

}  // namespace vbs::adoption
