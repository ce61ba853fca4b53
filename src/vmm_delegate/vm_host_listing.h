#pragma once

#include <vector>

#include "common/api/vmm_delegate.h"
#include "common/delegate/listing.h"

namespace vbs::vmm_delegate {

// What the listing actions of a VM host show, as model types: sorted, each thing once. A line that shows a
// volume or a target which is none of ours is left out, and so is one that shows nothing.

std::vector<VmHostInventory::Session> sessionsIn(const std::vector<delegate::Record>& records);
std::vector<VmHostInventory::Device> devicesIn(const std::vector<delegate::Record>& records);

}  // namespace vbs::vmm_delegate
