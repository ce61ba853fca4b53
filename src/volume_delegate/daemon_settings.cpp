#include "volume_delegate/daemon_settings.h"

#include "common/daemon/settings_parser.h"

namespace vbs::volume_delegate {

DaemonSettings parseSettings(int argc, const char* const* argv, daemon::OnUsageError onUsageError) {
  DaemonSettings settings;
  daemon::SettingsParser parser("vbs-volume-delegate",
                                "The VBS Volume Delegate: runs on the volume server and turns calls of the "
                                "VBS Service into the commands that its pattern "
                                "file gives (lvcreate, dd, ietadm ...).",
                                "127.0.0.1:8091");
  delegate::declare(parser, settings, "createVolume");
  parser.text("vbs-service", settings.vbsService,
              "http://HOST:PORT of the VBS Service, told at once when a copy ends; without it the service "
              "finds out by asking");
  parser.count("copies", settings.copies, 1, 64, "Background copies from snapshots at once; more wait");
  parser.footer(
      "Example:\n"
      "  vbs-volume-delegate --commands /etc/vbs/commands.properties --listen 192.0.2.10:8091\n"
      "  vbs-volume-delegate --check-config /etc/vbs/commands.properties\n"
      "  vbs-volume-delegate --commands /etc/vbs/commands.properties --explain exportVolume "
      "volumeId=vol-0a1b2c3d");
  settings.common = parser.parse(argc, argv, onUsageError);
  return settings;
}

}  // namespace vbs::volume_delegate
