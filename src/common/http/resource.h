#pragma once

#include <optional>
#include <string_view>

#include "common/http/message.h"

namespace vbs::http {

/// What answers the requests for one path of a Server. It separates HTTP from what is spoken over it.
class Resource {
public:
  virtual ~Resource() = default;

  /// "/vbs", without a slash at its end. Constant.
  virtual std::string_view path() const = 0;

  /// Whether a refusal names the path to whoever asks for another one, who may be guessing. Constant.
  virtual bool isTold() const { return true; }

  /// The answer that `head`, a request without its body, has whatever its body says: a page, a refusal. When
  /// there is none, the body is received and answer() asked. On the network thread: must be quick;
  /// thread-safe.
  virtual std::optional<Response> answerHead(const Request& head) = 0;

  /// Answers a whole request. From several worker threads at once; may block. What it throws is logged and
  /// answered with 500.
  virtual Response answer(const Request& request) = 0;
};

}  // namespace vbs::http
