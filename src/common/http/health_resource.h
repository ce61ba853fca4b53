#pragma once

#include "common/http/read_only_resource.h"

namespace vbs::http {

/// GET /healthz: "ok" as long as the network thread answers. A supervisor that restarts a program for any
/// other reason mends nothing.
class HealthResource final : public ReadOnlyResource {
public:
  HealthResource() : ReadOnlyResource("/healthz") {}

protected:
  Response show() override { return textResponse(200, "ok"); }
};

}  // namespace vbs::http
