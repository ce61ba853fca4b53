#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace vbs::http {

/// Where a TCP connection can be made to.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

/// "192.0.2.7:8080", "[::1]:8080"
std::string toString(const SocketAddress& address);

/// The addresses of one host, looked up anew each time they are asked for. Thread-safe. getaddrinfo has no
/// time limit of its own. So a thread looks the name up, and is left behind when that takes too long. There
/// is never more than one such thread: calls at the same time share it.
class Resolver {
public:
  Resolver(std::string host, std::uint16_t port);

  /// At least one address, in the order to try them. Throws std::runtime_error with the reason when the
  /// lookup fails or is not done by `deadline`.
  std::vector<SocketAddress> resolve(std::chrono::steady_clock::time_point deadline);

private:
  std::shared_future<std::vector<SocketAddress>> lookup();

  const std::string host_;
  const std::uint16_t port_;
  std::mutex mutex_;
  std::shared_future<std::vector<SocketAddress>> running_;
};

}  // namespace vbs::http
