#pragma once

namespace vbs::cli {

/// What the shell sees of a vbs command. vbs(1) documents them: they never change their meaning.
enum class ExitCode {
  Done = 0,
  Refused = 1,      ///< the service refused or failed, what was waited for ended in error, or a
                    ///< reconcile could not look everywhere or mend everything
  Usage = 2,        ///< the command line is wrong
  Unreachable = 3,  ///< the service could not be reached, or did not answer
  TimedOut = 4,     ///< --timeout passed while waiting
  Output = 5,       ///< the answer could not be written
  Interrupted = 130,
};

}  // namespace vbs::cli
