#pragma once

#include <initializer_list>
#include <string_view>

// Places where tests stop a program, to kill it there or to have it fail. tests/faults does so at every one
// of them; docs/faults.md tells how. Built with the CMake option VBS_FAULT_POINTS only; without it a program
// has none of this.

namespace vbs::fault {

/// What a point stands at, which says how it fails.
enum class Seam {
  Write,    ///< before a transaction is committed: InternalError, as when the disk is full
  Written,  ///< after that. It cannot fail any more
  Call,     ///< before or after a call of another program: DelegateUnreachable
  Command,  ///< before or after a command of a pattern: CommandFailed, with an exit code
  Answer,   ///< before the answer to a call leaves: InternalError
};

#ifdef VBS_FAULT_POINTS

/// Tells that the program has come here, and stops when a test asked for that; then returns or throws as the
/// test decides. Does nothing unless the environment variable VBS_FAULT_DIRECTORY names a directory. `point`:
/// the parts of its name. Throws Error as `seam` says. Thread-safe.
void reach(Seam seam, std::initializer_list<std::string_view> point);

/// The same for a command; `key`: as in the pattern file, "target.create.2". `resource`: the id that errors
/// name. `when`: ".before" or ".after".
void reachCommand(std::string_view key, std::string_view resource, std::string_view when);

#else

inline void reach(Seam /*seam*/, std::initializer_list<std::string_view> /*point*/) {}
inline void reachCommand(std::string_view /*key*/, std::string_view /*resource*/, std::string_view /*when*/) {
}

#endif

}  // namespace vbs::fault
