#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "common/soap/http.h"

namespace vbs::soap {

/// Posts messages to one HTTP URL over kept-alive connections, one message at a time on each, as many
/// connections as there are calls at once. Thread-safe.
class HttpClient {
public:
  /// `url`: http://HOST:PORT/PATH. Throws Error{InvalidParameter} when it is none.
  explicit HttpClient(const std::string& url);
  ~HttpClient();

  struct Timeouts {
    std::chrono::milliseconds connect{5'000};
    std::chrono::milliseconds call{120'000};  ///< from the first byte sent to the last received
  };

  /// Throws Error{DelegateUnreachable} when no connection could be made or it broke before an answer, and
  /// Error{Timeout} when the answer did not come in time. A kept-alive connection that the server had closed
  /// meanwhile is replaced by a new one without the caller's notice as long as no byte of the answer was
  /// received. The answer is at most 64 MiB.
  Reply post(const std::string& contentType, const std::string& soapAction, const std::string& body,
             const Timeouts& timeouts);

  const std::string& url() const;

private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vbs::soap
