#include "common/daemon/serve.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>

#include "common/daemon/logging.h"
#include "common/process/standard_streams.h"
#include "common/soap/server.h"
#include "common/version.h"

namespace vbs::daemon {
namespace {

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

  soap::ServerSettings server;
  server.host = settings.listen.host;
  server.port = settings.listen.port;
  server.publicUrl = settings.publicUrl;
  server.maxConnections = settings.maxConnections;
  server.workers = settings.maxRequests;
  soap::Server listener(server, service.endpoints, service.healthy);
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
  listener.stop(settings.shutdownGrace);
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
  if (service.finish) service.finish(std::max(left, milliseconds(0)));
  spdlog::info("{} stopped", service.program);
}

int runMain(const std::string& program, const std::function<int()>& main) {
  holdStandardStreams();
  startLogging("info");  // what goes wrong before the settings are known is no output
  try {
    return main();
  } catch (const std::exception& error) {
    spdlog::critical("{}: {}", program, error.what());
    return 1;
  }
}

}  // namespace vbs::daemon
