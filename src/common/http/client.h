#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "common/http/message.h"
#include "common/model/error.h"

namespace vbs::http {

/// No complete answer came. The message says from where, and why.
class HttpFailure : public Error {
public:
  HttpFailure(ErrorCode code, const std::string& message, std::string reason)
      : Error(code, message), reason_(std::move(reason)) {}

  /// Why, without saying from where.
  const std::string& reason() const noexcept { return reason_; }

private:
  std::string reason_;
};

/// Posts messages to one HTTP URL over kept-alive connections, one message at a time on each, as many
/// connections as there are calls at once. Thread-safe.
///
/// A message may reach the server twice. When a kept-alive connection breaks before the first byte of the
/// answer, the message is sent once more, on a new connection. Most likely the server has closed the old one
/// while it was idle. (A connection breaks, too, when the server's host is gone; TimedStream says when.) A
/// message sent on a new connection is never repeated. Nothing is repeated after the call's time limit. So
/// calls must be idempotent (the delegates' are, createVolume is by its client token), or be the only call of
/// their client.
class Client {
public:
  /// `url`: http://HOST:PORT/PATH, an IPv6 address in brackets. Throws Error{InvalidParameter} when it is
  /// none.
  explicit Client(const std::string& url);
  /// No call may be in progress.
  ~Client();

  /// Each is for the whole of what it names, however many bytes trickle in meanwhile.
  struct Timeouts {
    std::chrono::milliseconds connect{5'000};  ///< looking up the host's name included
    std::chrono::milliseconds call{120'000};   ///< from the first byte sent to the last received
  };

  /// The response may have any status; of its headers only the Content-Type is kept. Throws HttpFailure,
  /// whose message begins with the URL and ends with the reason:
  /// - DelegateUnreachable when no connection could be made, or when it broke before the answer was complete
  ///   (also because the server's host lost its power, see TimedStream). Also when what came is no HTTP
  ///   answer, or longer than 64 MiB.
  /// - Timeout when the answer did not come in time. The message may have been handled, or still be.
  Response post(const Headers& headers, const std::string& body, const Timeouts& timeouts);

  const std::string& url() const;

private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vbs::http
