#pragma once

// wire.h for the types of volume-delegate.wsdl.

#include "common/api/volume_delegate.h"
#include "common/soap/wire.h"

namespace vbs::soap {

std::string toWire(CreateVolumeOutcome outcome);
CreateVolumeOutcome createVolumeOutcomeFromWire(const std::string& text);

/// The contract has two optional elements where the model has one optional pair. Throws
/// Error{InvalidParameter} when only one of them is there.
std::optional<TargetIdentity> targetIdentityFromWire(const int* targetId, const std::string* targetName);

vd__Copy* toWire(struct soap* gsoap, const CopyStatus& status);
CopyStatus fromWire(const vd__Copy& copy);

vd__Volume* toWire(struct soap* gsoap, const VolumeServerInventory::Volume& volume);
VolumeServerInventory::Volume fromWire(const vd__Volume& volume);

vd__Snapshot* toWire(struct soap* gsoap, const VolumeServerInventory::Snapshot& snapshot);
VolumeServerInventory::Snapshot fromWire(const vd__Snapshot& snapshot);

vd__Target* toWire(struct soap* gsoap, const VolumeServerInventory::Target& target);
VolumeServerInventory::Target fromWire(const vd__Target& target);

/// The status of a volume whose copy has ended: Available or Error.
VolumeStatus copyEndFromWire(const std::string& text);

}  // namespace vbs::soap
