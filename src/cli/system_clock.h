#pragma once

#include "cli/wait_clock.h"

namespace vbs::cli {

/// The real clock. From the first sleep() on, the first SIGINT or SIGTERM ends the sleep (or the next one)
/// instead of the process; a second one ends the process as usual. One instance a process; not thread-safe.
class SystemClock : public WaitClock {
public:
  SystemClock() = default;
  ~SystemClock() override;
  SystemClock(const SystemClock&) = delete;
  SystemClock& operator=(const SystemClock&) = delete;

  TimePoint now() override;
  /// Throws std::system_error when the signals cannot be caught.
  bool sleep(std::chrono::milliseconds duration) override;

private:
  void catchSignals();

  int wakeFd_ = -1;  ///< readable once a signal came
};

}  // namespace vbs::cli
