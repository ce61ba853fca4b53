#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <string>

namespace vbs::http {

/// The listening socket of a server. Neither it nor the accepted sockets are inherited by child processes,
/// not even by one that another thread starts meanwhile. Once started, used on the network thread only.
class Listener {
public:
  using Socket = boost::asio::ip::tcp::socket;

  /// Binds and listens. `host`: a name or an address. Throws Error{InvalidParameter} that says why it cannot.
  Listener(boost::asio::io_context& io, const std::string& host, std::uint16_t port);

  const boost::asio::ip::tcp::endpoint& endpoint() const { return endpoint_; }

  /// `onExhausted` is called when a connection waits and the process or the system has no descriptor (or
  /// memory) left for it. It should close a connection that can be spared. Accepting is tried again a little
  /// later.
  void start(std::function<void(Socket)> onAccepted, std::function<void()> onExhausted);
  void stop();

private:
  void await();
  void acceptWaiting();
  void pause(int error);

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  boost::asio::ip::tcp::endpoint endpoint_;
  std::function<void(Socket)> onAccepted_;
  std::function<void()> onExhausted_;
  bool exhausted_ = false;  ///< and logged: once for as long as it lasts
};

}  // namespace vbs::http
