#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "common/daemon/common_settings.h"
#include "common/daemon/termination.h"
#include "common/http/resource.h"
#include "common/model/readiness.h"

namespace vbs::daemon {

/// The second half of each daemon's main: serves `resources` until SIGTERM or SIGINT, then ends in bounded
/// time. `endBy(deadline)` is called as soon as the signal came, and must not wait: what requests wait for
/// has to be over by the deadline. `finish(grace)` is called after the last request was answered, to end what
/// else runs. Both may be empty.
struct Service {
  std::string program;
  std::vector<http::Resource*> resources;
  std::vector<ReadinessSource> readiness;  ///< looked at every 2 s; may block
  std::function<void(std::chrono::steady_clock::time_point deadline)> endBy;
  std::function<void(std::chrono::milliseconds grace)> finish;
  /// Called for SIGHUP; what it throws is logged, and the daemon goes on as before.
  std::function<void()> reload = {};
};

/// Throws Error when the address cannot be bound.
void serveUntilTermination(const Service& service, const CommonSettings& settings, Termination& termination);

/// Runs `main`; what it throws is logged and becomes exit code 1.
int runMain(const std::string& program, const std::function<int()>& main);

}  // namespace vbs::daemon
