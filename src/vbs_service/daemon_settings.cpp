#include "vbs_service/daemon_settings.h"

#include "common/daemon/settings_parser.h"

namespace vbs::service {

using namespace std::chrono_literals;

DaemonSettings parseSettings(int argc, const char* const* argv) {
  DaemonSettings settings;
  daemon::SettingsParser parser("vbs-service",
                                "The VBS Service: the front end that clients call. Keeps the metadata of "
                                "volumes, snapshots and attachments and has the "
                                "delegates do the work.",
                                "127.0.0.1:8090");
  parser.text("database", settings.database, "The SQLite file with the metadata; made when there is none",
              true);
  parser.text("volume-delegate", settings.volumeDelegate,
              "URL of the Volume Delegate, http://HOST:PORT/volume-delegate", true);
  parser.texts("vmm-delegate", settings.vmmDelegates,
               "NAME=URL of a VMM Delegate, once for each VM host: host1=http://HOST:PORT/vmm-delegate; a "
               "whole domain with one "
               "rule: *.vm.example.org=http://*:8092/vmm-delegate (* stands for the hostname asked for)");
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
  settings.common = parser.parse(argc, argv);
  return settings;
}

}  // namespace vbs::service
