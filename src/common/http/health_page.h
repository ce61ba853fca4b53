#pragma once

#include "common/http/page.h"

namespace vbs::http {

/// GET /healthz: "ok" as long as the network thread answers. A supervisor that restarts a program on anything
/// else mends nothing.
class HealthPage final : public Page {
public:
  HealthPage() : Page("/healthz") {}

protected:
  Response show() override { return textResponse(200, "ok"); }
};

}  // namespace vbs::http
