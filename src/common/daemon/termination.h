#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

namespace vbs::daemon {

/// SIGTERM, SIGINT and SIGHUP as something to wait for. Made first in main, before any thread: then every
/// thread inherits the blocked signals and none is ended by them, and it ends last. Ignores SIGPIPE and
/// SIGXFSZ: a broken connection and a file that may not grow are error codes.
class Termination {
public:
  Termination();
  ~Termination();
  Termination(const Termination&) = delete;
  Termination& operator=(const Termination&) = delete;

  /// Blocks until SIGTERM or SIGINT arrives; returns its name. Until then each SIGHUP calls `reload` on this
  /// thread; those that come while it runs are one more call.
  const char* wait(const std::function<void()>& reload) const;

  /// Ends the process with exit code 0 when this object still lives after `limit`: a restart has to recover
  /// anyway what is lost by that. One more SIGTERM or SIGINT ends it at once. To be called once.
  void bound(std::chrono::milliseconds limit);

private:
  std::atomic<bool> over_ = false;
  std::thread watch_;
};

}  // namespace vbs::daemon
