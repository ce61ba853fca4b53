#include "vbs_service/daemon_settings.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "common/daemon/settings_parser.h"
#include "common/model/error.h"
#include "common/model/text.h"

namespace vbs::service {

using namespace std::chrono_literals;

namespace {

/// The other daemons answer SOAP too, so a URL that leads to the wrong one would be found out by a client's
/// request only.
void checkLeadsTo(std::string_view path, const std::string& url) {
  if (url.ends_with(path)) return;
  throw Error(ErrorCode::InvalidParameter,
              "\"" + printable(url) + "\" is not the URL of such a delegate: expected http://HOST:PORT" +
                  std::string(path));
}

}  // namespace

DaemonSettings parseSettings(int argc, const char* const* argv, daemon::OnUsageError onUsageError) {
  DaemonSettings settings;
  daemon::SettingsParser parser("vbs-service",
                                "The VBS Service: the front end that clients call. Keeps the metadata of "
                                "volumes, snapshots and attachments and has the "
                                "delegates do the work.",
                                "127.0.0.1:8090");
  parser.text("database", settings.database, "The SQLite file with the metadata; made when there is none",
              true);
  parser.once("create-database", settings.createDatabase,
              "Make the database anew even where it looks as if it was there, or another was meant");
  parser.text("volume-delegate", settings.volumeDelegate,
              "URL of the Volume Delegate, http://HOST:PORT/volume-delegate", true,
              [](const std::string& url) { checkLeadsTo("/volume-delegate", url); });
  std::vector<std::string> vmmDelegates;
  parser.texts("vmm-delegate", vmmDelegates,
               "NAME=URL of a VMM Delegate, once for each VM host: host1=http://HOST:PORT/vmm-delegate; a "
               "whole domain with one "
               "rule: *.vm.example.org=http://*:8092/vmm-delegate (* stands for the hostname asked for)",
               false, [](const std::string& setting) {
                 checkLeadsTo("/vmm-delegate", parseVmmDelegateRule(setting).url);
               });
  parser.text("target-prefix", settings.targetPrefix,
              "Volumes are exported as PREFIX:VOLUME-ID; an IQN of yours");
  parser.count("workflows", settings.workflows, 1, 1024, "Multi-step operations at once");
  parser.count("workflow-queue", settings.workflowQueue, 0, 65536,
               "More that wait; past it the answer is Busy");
  parser.seconds("call-timeout", settings.callTimeout, 100ms, 24h,
                 "Seconds that one call of a delegate may take");
  parser.seconds("copy-poll", settings.copyPoll, 10ms, 1h, "Seconds between two looks at copies that run");
  parser.seconds("retry-delay", settings.retryDelay, 10ms, 1h,
                 "Seconds before a roll-back that failed is tried again; doubles with each try");
  parser.seconds("max-retry-delay", settings.maxRetryDelay, 10ms, 24h, "Seconds between two tries at most");
  parser.seconds("reconcile-interval", settings.reconcileInterval, 0ms, 24h,
                 "Seconds between two looks for what the real world has lost, which is restored; 0: never");
  parser.text("backup-directory", settings.backupDirectory,
              "Where `vbs admin backup` may write; without it the folder of the database");
  parser.seconds("capacity-interval", settings.capacityInterval, 0ms, 24h,
                 "Seconds between two looks at how full the volume server is; 0: only when it is needed");
  parser.count("capacity-warning", settings.capacityWarning, 0, 100,
               "Percent used of the volume server from which on the log warns; 0: never");
  parser.text(
      "overcommit", settings.overcommit,
      "The sizes of all volumes together are at most this times what the volume server has; 0.01 to 1000, "
      "or unlimited");
  parser.footer(
      "Example:\n"
      "  vbs-service --database /var/lib/vbs/vbs.sqlite --volume-delegate "
      "http://192.0.2.10:8091/volume-delegate \\\n"
      "      --vmm-delegate host1=http://192.0.2.21:8092/vmm-delegate --vmm-delegate "
      "host2=http://192.0.2.22:8092/vmm-delegate");
  settings.common = parser.parse(argc, argv, onUsageError);
  std::transform(vmmDelegates.begin(), vmmDelegates.end(), std::back_inserter(settings.vmmDelegates),
                 parseVmmDelegateRule);
  return settings;
}

}  // namespace vbs::service
