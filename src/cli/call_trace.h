#pragma once

#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "cli/display_text.h"
#include "cli/service_unreachable.h"
#include "common/model/error.h"

namespace vbs::cli {

/// Tells about calls of the service: the name, how long it took and how it ended, a refusal with the request
/// id under which the service logged it. Thread-safe as far as `log` is.
class CallTrace {
public:
  explicit CallTrace(std::function<void(const std::string& line)> log) : log_(std::move(log)) {}

  /// Does `call`, tells about it, and returns or throws what it does.
  template <class Call>
  std::invoke_result_t<Call> operator()(std::string_view operation, const Call& call) const {
    const auto start = std::chrono::steady_clock::now();
    const auto log = [&](std::string_view outcome) {
      const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
      log_(fmt::format("{} {} in {:.1f} ms", operation, outcome, took.count()));
    };
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<Call>>) {
        call();
        log("answered");
      } else {
        auto answer = call();
        log("answered");
        return answer;
      }
    } catch (const Error& error) {
      log(fmt::format("refused with {} (request {})", toString(error.code()),
                      error.requestId().empty() ? "unknown" : visible(error.requestId())));
      throw;
    } catch (const ServiceUnreachable&) {
      log("unanswered");
      throw;
    }
  }

private:
  std::function<void(const std::string&)> log_;
};

}  // namespace vbs::cli
