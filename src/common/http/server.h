#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/http/resource.h"

namespace vbs::http {

/// Memory stays below maxConnections * (maxBodyBytes + 2 * maxHeaderBytes) for requests and maxUnsentBytes
/// (or one answer, if that is larger) for answers.
struct ServerSettings {
  std::string host = "127.0.0.1";  ///< to listen on: a name or an address (IPv6 without brackets)
  std::uint16_t port = 0;          ///< 0 picks a free one
  /// http(s)://HOST[:PORT] where clients find this server, whatever a request says; empty: as the request
  /// names it, else where it listens
  std::string publicUrl;
  /// IP addresses whose X-Forwarded-Proto and -Host go before the Host header; "none": nobody's
  std::vector<std::string> trustedProxies;
  std::size_t workers = 16;             ///< messages handled at once; the rest wait for one
  std::size_t maxQueuedMessages = 256;  ///< messages that wait for a worker; past it the answer is 503
  /// At the limit the connection that has been idle longest gives way; when none is idle, a new one gets 503.
  std::size_t maxConnections = 1024;
  std::size_t maxBodyBytes = 256UL * 1024;
  std::size_t maxHeaderBytes = 16UL * 1024;  ///< request line and fields
  /// Answers that clients have not read yet. Past it the connection that has been reading its answer longest
  /// is cut off.
  std::size_t maxUnsentBytes = 64UL * 1024 * 1024;
  // Each time limit is for the whole of what it names, however many bytes trickle in meanwhile.
  std::chrono::milliseconds headerTimeout{10'000};  ///< a request head; the first byte of a new connection
  std::chrono::milliseconds bodyTimeout{20'000};    ///< a body
  std::chrono::milliseconds writeTimeout{20'000};   ///< an answer
  std::chrono::milliseconds idleTimeout{60'000};    ///< between two requests of a connection
  std::chrono::milliseconds closeTimeout{2'000};    ///< for the client to close after the last answer
};

/// The one HTTP server of the three programs: HTTP/1.0 and 1.1 on a network thread of its own. A request is
/// handed to a worker only once it is complete, so a slow, stalled or idle client never holds up another.
/// Thread-safe.
///
/// The resources say who answers (Router). What is no good HTTP is answered with a status and a line of text
/// that says what is wrong. A request that could be read in two ways (both Content-Length and
/// Transfer-Encoding) is refused.
class Server {
public:
  /// Binds, listens and serves. What resources do on the network thread must not call stop(). They must
  /// outlive the server. Throws Error{InvalidParameter} when the address cannot be bound or a setting makes
  /// no sense.
  Server(const ServerSettings& settings, std::vector<Resource*> resources);
  /// stop() with no grace, then waits for the messages that are still being handled, however long they take:
  /// they use the resources. A program that must end sooner calls stop(), then _exit().
  ~Server();

  std::uint16_t port() const;
  /// "http://127.0.0.1:34567"
  std::string url() const;

  /// Stops the server, in this order:
  /// - It accepts no more, and closes connections that are idle or have not sent a whole message.
  /// - For at most `grace`, complete messages are handled and answered ("Connection: close").
  /// - It closes what is left. Messages that no worker has begun by then are dropped.
  /// A Resource::answer that has not returned goes on, and its answer goes nowhere. May be called by several
  /// threads: each call returns when the server has stopped, and the shortest grace counts. Once it has
  /// stopped, a call returns at once.
  void stop(std::chrono::milliseconds grace);

private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vbs::http
