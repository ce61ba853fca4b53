#pragma once

// wire.h for the types of vbs-admin.wsdl.

#include "common/api/vbs_admin.h"
#include "common/soap/record_wire.h"

namespace vbs::soap {

adm__Operation* toWire(struct soap* gsoap, const OpenOperation& operation);
OpenOperation fromWire(const adm__Operation& operation);

adm__Drift* toWire(struct soap* gsoap, const Drift& drift);
Drift fromWire(const adm__Drift& drift);

adm__Capacity* toWire(struct soap* gsoap, const CapacityReport& report);
CapacityReport fromWire(const adm__Capacity& report);

}  // namespace vbs::soap
