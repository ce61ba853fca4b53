#pragma once

#include <chrono>
#include <stdexcept>
#include <thread>

namespace vbs {

/// Waits for a condition; the deadline only ends a test that would hang.
template <class Condition>
void eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("what was waited for never came");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace vbs
