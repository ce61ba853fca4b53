#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "common/system/scheduler.h"

namespace vbs {

/// Lets requests with the same client token in one after the other, so the second sees the result of the
/// first. Thread-safe.
class TokenGate {
public:
  explicit TokenGate(system::Scheduler& scheduler) : left_(scheduler) {}

  /// Inside the gate as long as it lives.
  class Pass {
  public:
    Pass(TokenGate& gate, std::optional<std::string> token);
    ~Pass();
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

  private:
    TokenGate& gate_;
    const std::optional<std::string> token_;
  };

  /// Waits until nobody with this token is inside; at once without a token.
  Pass enter(const std::optional<std::string>& token) { return {*this, token}; }

private:
  std::mutex mutex_;
  system::Condition left_;
  std::set<std::string> inside_;
};

}  // namespace vbs
