#pragma once

#include <atomic>
#include <latch>
#include <stop_token>

#include "fakes/fake_command_runner.h"

namespace vbs::command {

/// Holds a command of a FakeCommandRunner until the test lets it go on, or until it is stopped. For one
/// command. Thread-safe.
class CommandGate {
public:
  FakeCommandRunner::Answer answer() {
    return [this](const Command& command) {
      const std::stop_callback wake(command.stop, [this] { open(); });
      reached_.count_down();
      opened_.wait();
      if (!command.stop.stop_requested()) return FakeCommandRunner::exits(0);
      CommandResult result;
      result.stopped = true;
      return result;
    };
  }
  void waitUntilReached() { reached_.wait(); }
  void open() {
    if (!isOpen_.exchange(true)) opened_.count_down();
  }

private:
  std::latch reached_{1};
  std::latch opened_{1};
  std::atomic<bool> isOpen_ = false;
};

}  // namespace vbs::command
