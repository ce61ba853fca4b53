#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/soap/http.h"

namespace vbs::soap {

struct ServerSettings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0 picks a free one
  std::string
      publicUrl;  ///< http://host:port for the WSDL when a request names no host; empty: where it listens
  std::size_t workers = 16;  ///< messages handled at once; the rest wait for one
  std::size_t maxConnections = 1024;
  std::size_t maxBodyBytes = 256 * 1024;
  std::size_t maxHeaderBytes = 16 * 1024;
  std::chrono::milliseconds headerTimeout{10'000};  ///< for the whole request head
  std::chrono::milliseconds bodyTimeout{20'000};    ///< for the whole body
  std::chrono::milliseconds writeTimeout{20'000};   ///< for the whole answer
  std::chrono::milliseconds idleTimeout{60'000};    ///< between two requests of a connection
};

/// The one SOAP server of the three services: HTTP on its own network thread, messages handed to workers only
/// once they are complete, so a slow, stalled or idle client never holds up another. Thread-safe.
class Server {
public:
  /// Binds, listens and serves. `healthy` answers GET /healthz (200 or 503); it must be quick and
  /// thread-safe. The endpoints must outlive the server. Throws Error{InvalidParameter} when the address
  /// cannot be bound.
  Server(const ServerSettings& settings, std::vector<Endpoint*> endpoints, std::function<bool()> healthy);
  /// stop() with no grace.
  ~Server();

  std::uint16_t port() const;
  /// "http://127.0.0.1:34567"
  std::string url() const;

  /// Stops accepting, closes idle connections, lets messages that are being handled finish and be answered
  /// for at most `grace`, then closes what is left and returns. A second call returns at once.
  void stop(std::chrono::milliseconds grace);

private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vbs::soap
