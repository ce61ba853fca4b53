#pragma once

#include "common/http/page.h"
#include "common/model/readiness.h"

namespace vbs::http {

/// GET /readyz: what keeps the program from its work, one line for each complaint: 200 "ready", 200
/// "degraded", or 503 "not ready" when one of them stops all.
class ReadinessPage final : public Page {
public:
  /// `source` is asked on the network thread: it must be quick and thread-safe.
  explicit ReadinessPage(ReadinessSource source) : Page("/readyz"), source_(std::move(source)) {}

protected:
  Response show() override;

private:
  ReadinessSource source_;
};

}  // namespace vbs::http
