#include "common/command/live_command_file.h"
#include "common/command/process_runner.h"
#include "common/daemon/logging.h"
#include "common/daemon/reload.h"
#include "common/daemon/serve.h"
#include "common/daemon/termination.h"
#include "common/delegate/pattern_check.h"
#include "common/delegate/readiness.h"
#include "common/soap/vmm_delegate/endpoint.h"
#include "common/version.h"
#include "vmm_delegate/command_vmm_delegate.h"
#include "vmm_delegate/daemon_settings.h"
#include "vmm_delegate/shown_calls.h"

namespace vbs::vmm_delegate {
namespace {

int run(int argc, char** argv) {
  DaemonSettings settings = parseSettings(argc, argv);
  constexpr auto kHost = command::Host::VmHost;
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
  CommandVmmDelegate vmmDelegate(commands, runner,
                                 {.version = std::string(kVersion),
                                  .identity = delegate::identityOf("vmm-delegate", settings),
                                  .patience = settings.lockTimeout});
  soap::VmmDelegateEndpoint endpoint(vmmDelegate);

  const auto readAgain = [&] {
    commands.readAgain();
    daemon::takeOver(settings.common, parseSettings(argc, argv, daemon::OnUsageError::Throw).common, {});
  };
  daemon::serveUntilTermination(
      {.program = "vbs-vmm-delegate",
       .resources = {&endpoint},
       .readiness = {delegate::patternReadiness(commands),
                     delegate::toolReadiness({settings.commandPath.begin(), settings.commandPath.end()})},
       .endBy = [&](auto deadline) { runner.endBy(deadline); },
       .finish = {},
       .reload = readAgain},
      settings.common, termination);
  return 0;
}

}  // namespace
}  // namespace vbs::vmm_delegate

int main(int argc, char** argv) {
  return vbs::daemon::runMain("vbs-vmm-delegate", [&] { return vbs::vmm_delegate::run(argc, argv); });
}
