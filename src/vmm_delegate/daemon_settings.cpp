#include "vmm_delegate/daemon_settings.h"

#include "common/daemon/settings_parser.h"

namespace vbs::vmm_delegate {

DaemonSettings parseSettings(int argc, const char* const* argv, daemon::OnUsageError onUsageError) {
  DaemonSettings settings;
  daemon::SettingsParser parser("vbs-vmm-delegate",
                                "The VBS VMM Delegate: runs on a VM host and turns calls of the VBS Service "
                                "into the commands that its pattern file gives "
                                "(iscsiadm, xm block-attach ...).",
                                "127.0.0.1:8092");
  delegate::declare(parser, settings, "attachVolume");
  parser.footer(
      "Example:\n"
      "  vbs-vmm-delegate --commands /etc/vbs/commands.properties --listen 192.0.2.21:8092\n"
      "  vbs-vmm-delegate --check-config /etc/vbs/commands.properties\n"
      "  vbs-vmm-delegate --commands /etc/vbs/commands.properties --explain attachVolume vmId=vm1 "
      "vmDev=xvdb");
  settings.common = parser.parse(argc, argv, onUsageError);
  return settings;
}

}  // namespace vbs::vmm_delegate
