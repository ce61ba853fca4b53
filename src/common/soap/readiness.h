#pragma once

#include <vector>

#include "common/model/readiness.h"
#include "common/soap/http.h"

namespace vbs::soap {

/// The answer to GET /readyz, one line for each complaint: 200 "ready", 200 "degraded", or 503 "not ready"
/// when one of them stops all.
Reply readinessReply(const std::vector<Complaint>& complaints);

}  // namespace vbs::soap
