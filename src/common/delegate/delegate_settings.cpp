#include "common/delegate/delegate_settings.h"

#include "common/delegate/identity.h"

namespace vbs::delegate {

using namespace std::chrono_literals;

DelegateId identityOf(std::string_view part, const DelegateSettings& settings) {
  if (!settings.identity.empty()) return DelegateId(settings.identity);
  return delegateIdOf(part, settings.common.listen.port);
}

void declare(daemon::SettingsParser& parser, DelegateSettings& settings, const std::string& operation) {
  parser.text("commands", settings.commands, "The pattern file; read again when it changes", true);
  parser.text("identity", settings.identity,
              "What tells this delegate from all others, letters, digits and hyphens; by default made of the "
              "machine id and the port. Only for machines that were cloned with one machine id");
  parser.texts("command-path", settings.commandPath,
               "Folders to look for commands in before the system's own");
  parser.seconds("lock-timeout", settings.lockTimeout, 1, 3600,
                 "Seconds that a call waits for another one that works on the same volume");
  parser.seconds(
      "kill-grace", settings.killGrace, 0ms, 5min,
      "Seconds between SIGTERM and SIGKILL for a command that runs into its time limit or is stopped");
  parser.mode("check-config", settings.checkConfig, "FILE",
              "Check a pattern file, print every fault with its line, end with 1 if there is one");
  parser.modeArguments(
      "explain", settings.explain, "OPERATION [NAME=VALUE ...]",
      "Print the commands that an operation such as " + operation + " runs, without running them");
}

}  // namespace vbs::delegate
