#include "common/daemon/serve.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <string>

#include "common/daemon/connection_limit.h"
#include "common/daemon/logging.h"
#include "common/daemon/readiness_monitor.h"
#include "common/http/health_resource.h"
#include "common/http/readiness_resource.h"
#include "common/http/server.h"
#include "common/process/descriptor_limit.h"
#include "common/process/inherited_state.h"
#include "common/version.h"

namespace vbs::daemon {
namespace {

/// No more than descriptors suffice for: a connection that takes the last one would keep requests from
/// running their commands.
std::size_t connectionLimit(const CommonSettings& settings) {
  const auto descriptors = static_cast<std::size_t>(descriptorLimit());
  const std::size_t fit = connectionsThatFit(settings.maxConnections, settings.maxRequests, descriptors);
  if (fit < settings.maxConnections) {
    spdlog::warn(
        "{} connections at once instead of max-connections = {}: this process may open {} files only; raise "
        "its "
        "limit (LimitNOFILE of the unit, ulimit -Hn)",
        fit, settings.maxConnections, descriptors);
  }
  return fit;
}

/// A daemon goes on whatever is wrong with what it is to read again.
void reload(const Service& service) {
  if (!service.reload) {
    spdlog::info("SIGHUP: nothing to read again");
    return;
  }
  try {
    service.reload();
  } catch (const std::exception& error) {
    spdlog::error("SIGHUP: nothing has changed: {}", error.what());
  }
}

}  // namespace

void serveUntilTermination(const Service& service, const CommonSettings& settings, Termination& termination) {
  using std::chrono::milliseconds;
  using std::chrono::steady_clock;

  http::ServerSettings server;
  server.host = settings.listen.host;
  server.port = settings.listen.port;
  server.publicUrl = settings.publicUrl;
  server.trustedProxies = settings.trustedProxies;
  server.maxConnections = connectionLimit(settings);
  server.workers = settings.maxRequests;
  const ReadinessMonitor readiness(service.readiness, std::chrono::seconds(2));
  http::HealthResource health;
  http::ReadinessResource readinessResource([&readiness] { return readiness.current(); });
  std::vector<http::Resource*> resources{&health, &readinessResource};
  resources.insert(resources.end(), service.resources.begin(), service.resources.end());
  http::Server listener(server, resources);
  spdlog::info("{} {} listening on {}", service.program, kVersion, listener.url());
  if (!isLoopback(settings.listen)) {
    spdlog::warn(
        "anyone who can connect to {} may use it: there are no users and no TLS yet, keep it in a trusted "
        "network",
        listener.url());
  }

  const char* signal = termination.wait([&service] { reload(service); });
  spdlog::info("{}: stopping, running requests get {} s to end", signal, settings.shutdownGrace.count());
  const auto deadline = steady_clock::now() + settings.shutdownGrace;
  termination.bound(settings.shutdownGrace + std::chrono::seconds(5));
  if (service.endBy) service.endBy(deadline);
  listener.stop(settings.shutdownGrace);
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
  if (service.finish) service.finish(std::max(left, milliseconds(0)));
  spdlog::info("{} stopped", service.program);
}

namespace {

/// An exception that nobody handles ends the program. Its reason goes into the log; the library would print
/// it past the log and wait for a reader that stands still.
[[noreturn]] void endByException() noexcept {
  std::string why = "no exception";
  try {
    if (const auto exception = std::current_exception()) std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    why = error.what();
  } catch (...) {
    why = "an exception of unknown type";
  }
  spdlog::critical("ends by a fault of the program: {}", why);
  flushLog(std::chrono::seconds(1));
  std::abort();
}

}  // namespace

int runMain(const std::string& program, const std::function<int()>& main) {
  settleInheritedState();
  std::set_terminate(endByException);
  startLogging("info");  // what goes wrong before the settings are known is no output
  try {
    return main();
  } catch (const std::exception& error) {
    spdlog::critical("{}: {}", program, error.what());
    return 1;
  }
}

}  // namespace vbs::daemon
