#pragma once

#include <string_view>

#include "common/model/error.h"

namespace vbs::qmp {

/// What vbs-qmp ends with, for the `.ok-exit` of command patterns.
enum class ExitCode {
  Done = 0,
  Refused = 1,     ///< QEMU, or the system, refused a step; it was taken back
  Usage = 2,       ///< the command line is wrong
  Conflict = 3,    ///< another volume holds the device, or another device holds the volume
  GuestHolds = 4,  ///< the guest did not let go of the device in time; it is still attached
  TimedOut = 5,    ///< the VM, its lock or the portal did not answer in time
  VmNotRunning = 6,
  Attached = 7,  ///< the volume was there already, and the caller wants to be told
};

ExitCode exitCodeOf(ErrorCode code);

/// The table for --help.
std::string_view exitCodeHelp();

}  // namespace vbs::qmp
