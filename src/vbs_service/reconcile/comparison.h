#pragma once

#include <vector>

#include "vbs_service/reconcile/finding.h"
#include "vbs_service/reconcile/inventories.h"
#include "vbs_service/reconcile/known_state.h"

namespace vbs::reconcile {

/// Where the real world differs from the metadata, and what would mend it. What is in motion, and what a part
/// holds that could not be asked, is left out. A listing that is not complete shows what is there and nothing
/// missing.
///
/// A repair adds, but gives no volume to a VM while a VM of another host is seen to have it. It takes
/// something away only when that is certain to be a stray:
/// - This service gave its id.
/// - The volume is attached nowhere, or is seen where it is attached.
/// - Every host was asked, and each listing is complete.
/// - No other service commands a part.
/// - The metadata are no restored backup.
/// - No attachment names that VM and device, under any name that the host may have.
/// - No attachment names that volume at that VM and device of any host.
/// - The survey before saw the very same.
/// What is not certain is left alone, with the reason.
std::vector<Finding> compare(const KnownState& known, const Inventories& found);

}  // namespace vbs::reconcile
