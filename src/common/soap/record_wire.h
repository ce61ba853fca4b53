#pragma once

// wire.h for the records of vbs-types.xsd, which two contracts share. A status that is not known becomes
// Unknown (docs/contracts.md).

#include "common/api/vbs_service.h"
#include "common/soap/wire.h"

namespace vbs::soap {

t__Volume* toWire(struct soap* gsoap, const Volume& volume);
t__Snapshot* toWire(struct soap* gsoap, const Snapshot& snapshot);
t__Attachment* toWire(struct soap* gsoap, const Attachment& attachment);

Volume fromWire(const t__Volume& volume);
Snapshot fromWire(const t__Snapshot& snapshot);
Attachment fromWire(const t__Attachment& attachment);

}  // namespace vbs::soap
