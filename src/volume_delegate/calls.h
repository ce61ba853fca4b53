#pragma once

#include <functional>
#include <optional>

#include "common/api/volume_delegate.h"
#include "common/delegate/call.h"
#include "volume_delegate/copies.h"

/// What each call of the Volume Delegate runs: which actions, in which order, with which parameters.
/// CommandVolumeDelegate makes the calls on its host, `--explain` shows them. They throw as VolumeDelegate
/// does.
namespace vbs::volume_delegate::calls {

void createVolume(delegate::Call& call, const VolumeId& volumeId, SizeGiB size);

/// `inBackground` begins what goes on after the call.
CreateVolumeOutcome createVolumeFromSnapshot(delegate::Call& call, const VolumeId& volumeId, SizeGiB size,
                                             const SnapshotId& snapshotId,
                                             const std::function<void(Copies::Work)>& inBackground);

/// Where the command refuses although the listing does not show the volume, or the listing fails, the effect
/// of the error is Unknown: it is no refusal that left everything as it was. Where the file has no
/// list.volumes, the refusal is believed.
void deleteVolume(delegate::Call& call, const VolumeId& volumeId, SizeGiB size);

void createSnapshot(delegate::Call& call, const SnapshotId& snapshotId, const VolumeId& volumeId,
                    SizeGiB size);

/// As deleteVolume.
void deleteSnapshot(delegate::Call& call, const SnapshotId& snapshotId, const VolumeId& volumeId,
                    SizeGiB size);

VolumeExport exportVolume(delegate::Call& call, const VolumeId& volumeId,
                          const std::optional<TargetIdentity>& target, const VmmHostname& vmmHostname);

void unexportVolume(delegate::Call& call, const VolumeId& volumeId,
                    const std::optional<TargetIdentity>& target, const std::optional<VmmHostname>& lostHost);

VolumeServerInventory inventory(delegate::Call& call);

Capacity capacity(delegate::Call& call);

}  // namespace vbs::volume_delegate::calls
