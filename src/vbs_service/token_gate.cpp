#include "vbs_service/token_gate.h"

#include <utility>

namespace vbs {

TokenGate::Pass::Pass(TokenGate& gate, std::optional<std::string> token)
    : gate_(gate), token_(std::move(token)) {
  if (!token_) return;
  std::unique_lock lock(gate_.mutex_);
  gate_.left_.wait(lock, [this] { return !gate_.inside_.contains(*token_); });
  gate_.inside_.insert(*token_);
}

TokenGate::Pass::~Pass() {
  if (!token_) return;
  {
    const std::lock_guard lock(gate_.mutex_);
    gate_.inside_.erase(*token_);
  }
  gate_.left_.notifyAll();
}

}  // namespace vbs
