#pragma once

#include <vector>

#include "vbs_service/reconcile/finding.h"
#include "vbs_service/reconcile/inventories.h"
#include "vbs_service/reconcile/known_state.h"

namespace vbs::reconcile {

/// Where the real world differs from the metadata, and what would mend it. What is in motion, and what a part
/// holds that could not be asked, is left out. Listings are judged only by what they show. Nothing is to be
/// removed whose id this service did not give, nor while it cannot be told who holds it.
std::vector<Finding> compare(const KnownState& known, const Inventories& found);

}  // namespace vbs::reconcile
