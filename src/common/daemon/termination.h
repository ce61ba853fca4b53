#pragma once

#include <chrono>

namespace vbs::daemon {

/// SIGTERM and SIGINT as something to wait for. Made first in main, before any thread, so that every thread
/// inherits the blocked signals and none is ended by them. Ignores SIGPIPE: a broken connection is an error
/// code.
class Termination {
public:
  Termination();

  /// Blocks until one of the two signals arrives; returns its name.
  const char* wait() const;
};

/// Ends the process with exit code 0 when an orderly end takes longer than `limit`: what is lost by that is
/// what a restart has to recover anyway. A second SIGTERM or SIGINT ends it at once. Lives to the end of
/// main.
void boundShutdown(std::chrono::milliseconds limit);

}  // namespace vbs::daemon
