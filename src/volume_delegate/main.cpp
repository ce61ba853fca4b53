#include <memory>

#include "common/command/live_command_file.h"
#include "common/command/process_runner.h"
#include "common/daemon/logging.h"
#include "common/daemon/reload.h"
#include "common/daemon/serve.h"
#include "common/daemon/termination.h"
#include "common/delegate/pattern_check.h"
#include "common/delegate/readiness.h"
#include "common/soap/volume_delegate/endpoint.h"
#include "common/soap/volume_status/client.h"
#include "common/version.h"
#include "volume_delegate/command_volume_delegate.h"
#include "volume_delegate/daemon_settings.h"
#include "volume_delegate/shown_calls.h"

namespace vbs::volume_delegate {
namespace {

int run(int argc, char** argv) {
  DaemonSettings settings = parseSettings(argc, argv);
  constexpr auto kHost = command::Host::VolumeServer;
  if (!settings.checkConfig.empty()) return delegate::checkConfig(kHost, settings.checkConfig);
  if (!settings.explain.empty()) {
    return delegate::printDryRun(kHost, shownCalls(), settings.commands, settings.explain);
  }

  daemon::Termination termination;
  daemon::startLogging(settings.common.logLevel);

  command::LiveCommandFile commands(settings.commands, kHost);
  command::ProcessRunner runner(
      {.toolDirectories = {settings.commandPath.begin(), settings.commandPath.end()},
       .killGrace = settings.killGrace});
  std::unique_ptr<VolumeStatusListener> vbsService;
  if (!settings.vbsService.empty()) {
    vbsService = std::make_unique<soap::VolumeStatusClient>(settings.vbsService + "/volume-status",
                                                            http::Client::Timeouts{});
  }
  CommandVolumeDelegate volumeDelegate(commands, runner, vbsService.get(),
                                       {.version = std::string(kVersion),
                                        .identity = delegate::identityOf("volume-delegate", settings),
                                        .patience = settings.lockTimeout,
                                        .copiesAtOnce = static_cast<int>(settings.copies)});
  soap::VolumeDelegateEndpoint endpoint(volumeDelegate);

  const auto readAgain = [&] {
    commands.readAgain();
    daemon::takeOver(settings.common, parseSettings(argc, argv, daemon::OnUsageError::Throw).common, {});
  };
  daemon::serveUntilTermination(
      {.program = "vbs-volume-delegate",
       .resources = {&endpoint},
       .readiness = {delegate::patternReadiness(commands),
                     delegate::toolReadiness({settings.commandPath.begin(), settings.commandPath.end()})},
       .endBy =
           [&](auto deadline) {
             // First, as a copy that the runner stopped would count as failed.
             volumeDelegate.requestStop();
             runner.endBy(deadline);
           },
       .finish = [&](auto) { volumeDelegate.stop(); },
       .reload = readAgain},
      settings.common, termination);
  return 0;
}

}  // namespace
}  // namespace vbs::volume_delegate

int main(int argc, char** argv) {
  return vbs::daemon::runMain("vbs-volume-delegate", [&] { return vbs::volume_delegate::run(argc, argv); });
}
