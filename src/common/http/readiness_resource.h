#pragma once

#include "common/http/read_only_resource.h"
#include "common/model/readiness.h"

namespace vbs::http {

/// GET /readyz: what keeps the program from its work, one line for each complaint: 200 "ready", 200
/// "degraded", or 503 "not ready" when one of them stops all.
class ReadinessResource final : public ReadOnlyResource {
public:
  /// `source` is asked on the network thread: it must be quick and thread-safe.
  explicit ReadinessResource(ReadinessSource source)
      : ReadOnlyResource("/readyz"), source_(std::move(source)) {}

protected:
  Response show() override;

private:
  ReadinessSource source_;
};

}  // namespace vbs::http
