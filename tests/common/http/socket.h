#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace vbs::http {

struct RawAnswer {
  int status = 0;
  std::map<std::string, std::string> fields;  ///< names in lower case
  std::string body;
};

/// One end of a TCP connection on loopback, used byte by byte, as no well-behaved client or server would.
/// What does not come within a generous time is an exception, so that a test fails and does not hang.
class Socket {
public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {
    if (descriptor < 0) throw std::runtime_error("no socket");
  }
  static Socket connectTo(std::uint16_t port) {
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    socket.connectNow(port);
    return socket;
  }
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), received_(std::move(other.received_)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(received_, other.received_);
    return *this;
  }

  void connectNow(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
  }

  /// False when the other side does not take it any more.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// As when the power fails: the other side is told nothing. False where that is not permitted
  /// (CAP_NET_ADMIN).
  bool vanish() {
    const int on = 1;
    if (::setsockopt(descriptor_, IPPROTO_TCP, TCP_REPAIR, &on, sizeof on) != 0) return false;
    close();
    return true;
  }

  /// False at the end of the stream, or when it was reset.
  bool receiveMore() {
    pollfd entry{descriptor_, POLLIN, 0};
    if (::poll(&entry, 1, kPatience) <= 0) throw std::runtime_error("nothing came");
    std::array<char, 65536> bytes{};
    const auto count = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
    if (count <= 0) return false;
    received_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
  }

  /// All that comes until the other side closes.
  std::string receiveAll() {
    while (receiveMore()) {
    }
    return std::exchange(received_, {});
  }

  /// Up to and with `mark`.
  std::string receiveUntil(std::string_view mark) {
    while (received_.find(mark) == std::string::npos) {
      if (!receiveMore()) throw std::runtime_error("closed after: " + received_);
    }
    return take(received_.find(mark) + mark.size());
  }

  std::string receive(std::size_t bytes) {
    while (received_.size() < bytes) {
      if (!receiveMore()) throw std::runtime_error("closed after: " + received_);
    }
    return take(bytes);
  }

  /// One message with a Content-Length, and its head in `head`.
  std::string receiveMessage(std::string& head) {
    head = receiveUntil("\r\n\r\n");
    const auto length = fieldsOf(head)["content-length"];
    return receive(length.empty() ? 0 : std::stoul(length));
  }

  /// `toHead`: the request was a HEAD.
  RawAnswer receiveAnswer(bool toHead = false) {
    RawAnswer answer;
    const auto head = receiveUntil("\r\n\r\n");
    answer.status = std::stoi(head.substr(head.find(' ')));
    answer.fields = fieldsOf(head);
    if (!toHead && answer.fields.contains("content-length")) {
      answer.body = receive(std::stoul(answer.fields["content-length"]));
    }
    return answer;
  }

  bool isEnded() { return received_.empty() && !receiveMore(); }
  void shutdownSend() { ::shutdown(descriptor_, SHUT_WR); }
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  int descriptor() const { return descriptor_; }

private:
  static constexpr int kPatience = 60'000;  // ms

  std::string take(std::size_t bytes) {
    auto result = received_.substr(0, bytes);
    received_.erase(0, bytes);
    return result;
  }

  static std::map<std::string, std::string> fieldsOf(const std::string& head) {
    std::map<std::string, std::string> fields;
    for (auto line = head.find("\r\n"); line + 2 < head.size(); line = head.find("\r\n", line + 2)) {
      const auto end = head.find("\r\n", line + 2);
      const auto text = head.substr(line + 2, end - line - 2);
      const auto colon = text.find(": ");
      if (colon == std::string::npos) continue;
      auto name = text.substr(0, colon);
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      fields[name] = text.substr(colon + 2);
    }
    return fields;
  }

  int descriptor_;
  std::string received_;
};

/// A port on loopback with nobody behind it but the test.
class ListeningSocket {
public:
  explicit ListeningSocket(int backlog = 64) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_.descriptor(), generic, length) != 0 || ::listen(socket_.descriptor(), backlog) != 0 ||
        ::getsockname(socket_.descriptor(), generic, &length) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
  }

  Socket accept() {
    pollfd entry{socket_.descriptor(), POLLIN, 0};
    if (::poll(&entry, 1, 60'000) <= 0) throw std::runtime_error("nobody came");
    return Socket(::accept4(socket_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
  }
  /// True when a connection waits to be accepted.
  bool hasCaller() {
    pollfd entry{socket_.descriptor(), POLLIN, 0};
    return ::poll(&entry, 1, 0) > 0;
  }
  std::uint16_t port() const { return port_; }
  void close() { socket_.close(); }

private:
  Socket socket_;
  std::uint16_t port_;
};

}  // namespace vbs::http
