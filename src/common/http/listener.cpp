#include "common/http/listener.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "common/http/url.h"
#include "common/model/error.h"

namespace vbs::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kRetryAfter{100};
/// Others get their turn on the network thread after so many.
constexpr int kAcceptAtOnce = 64;

/// The connection was lost while it waited; the next one may be good (accept(2), "Error handling").
bool concernsOneConnection(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPERM:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ETIMEDOUT:
      return true;
    default:
      return false;
  }
}

/// Asio's own open() sets no SOCK_CLOEXEC.
void open(tcp::acceptor& acceptor, const tcp& protocol, error_code& error) {
  const int descriptor = ::socket(protocol.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) {
    error.assign(errno, boost::system::system_category());
    return;
  }
  acceptor.assign(protocol, descriptor, error);
  if (error) ::close(descriptor);
}

error_code listenAt(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code error;
  open(acceptor, endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    error_code ignored;
    acceptor.close(ignored);
  }
  return error;
}

}  // namespace

Listener::Listener(asio::io_context& io, const std::string& host, std::uint16_t port)
    : io_(io), acceptor_(io), retry_(io) {
  const auto refuse = [&](const error_code& error, std::string_view hint) {
    return Error(ErrorCode::InvalidParameter,
                 fmt::format("cannot listen on {}:{}: {}{}", urlHost(host), port, error.message(), hint));
  };
  error_code error;
  tcp::resolver resolver(io);
  const auto addresses = resolver.resolve(host, std::to_string(port),
                                          tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (error) throw refuse(error, "; give an address of this machine");
  for (const auto& address : addresses) {
    error = listenAt(acceptor_, address.endpoint());
    if (!error) break;
  }
  if (error == asio::error::address_in_use) throw refuse(error, "; another process listens there (ss -ltnp)");
  if (error) throw refuse(error, "");
  endpoint_ = acceptor_.local_endpoint();
}

void Listener::start(std::function<void(Socket)> onAccepted, std::function<void()> onExhausted) {
  onAccepted_ = std::move(onAccepted);
  onExhausted_ = std::move(onExhausted);
  await();
}

void Listener::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
}

void Listener::await() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](const error_code& error) {
    if (!acceptor_.is_open()) return;
    if (error) {
      pause(error.value());
    } else {
      acceptWaiting();
    }
  });
}

void Listener::acceptWaiting() {
  for (int i = 0; i < kAcceptAtOnce; ++i) {
    // accept4 because Asio's accept sets FD_CLOEXEC in no case, and afterwards would be too late.
    const int descriptor =
        ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) {
      const int error = errno;
      if (error == EAGAIN || error == EWOULDBLOCK) break;
      if (concernsOneConnection(error)) continue;
      return pause(error);
    }
    exhausted_ = false;
    Socket socket(io_);
    error_code error;
    socket.assign(endpoint_.protocol(), descriptor, error);
    if (error) {
      ::close(descriptor);
      return pause(error.value());
    }
    onAccepted_(std::move(socket));
  }
  await();
}

void Listener::pause(int error) {
  if (!exhausted_) {
    spdlog::warn("cannot accept connections at port {} now: {}; trying again until it works",
                 endpoint_.port(), std::generic_category().message(error));
  }
  exhausted_ = true;
  onExhausted_();
  retry_.expires_after(kRetryAfter);
  retry_.async_wait([this](const error_code& aborted) {
    if (!aborted && acceptor_.is_open()) acceptWaiting();
  });
}

}  // namespace vbs::http
