#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/http/channel.h"

namespace vbs::soap {

/// Called after each call with the reason why the other end did not answer; with nothing when it did. A fault
/// is an answer, and so is Busy. From several threads at once.
using CallObserver = std::function<void(const std::optional<std::string>& unanswered)>;

/// The same channel, watched. Thread-safe as far as both are.
std::unique_ptr<http::Channel> observedChannel(std::unique_ptr<http::Channel> channel, CallObserver observer);

}  // namespace vbs::soap
