#include "qmp/exit_code.h"

namespace vbs::qmp {

ExitCode exitCodeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidParameter:
      return ExitCode::Usage;
    case ErrorCode::DeviceInUse:
      return ExitCode::Conflict;
    case ErrorCode::VolumeInUse:
      return ExitCode::GuestHolds;
    case ErrorCode::Timeout:
      return ExitCode::TimedOut;
    case ErrorCode::DelegateUnreachable:
      return ExitCode::VmNotRunning;
    default:
      return ExitCode::Refused;
  }
}

std::string_view exitCodeHelp() {
  return R"(Exit codes:
  0  done: the device is there (attach) or gone (detach)
  1  QEMU refused a step, which was taken back; stderr has its reason
  2  the command line is wrong
  3  conflict: another volume holds the device, or the volume is attached as another device
  4  the guest did not let go of the device in time; it is still attached
  5  the VM, its lock or the iSCSI portal did not answer in time
  6  the VM is not running (attach only: for detach and list it means "already gone")
  7  the volume was attached just so already (attach --tell-attached only))";
}

}  // namespace vbs::qmp
