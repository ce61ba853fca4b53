#include "common/http/timed_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/beast/core/error.hpp>
#include <cerrno>
#include <limits>
#include <utility>

namespace vbs::http {
namespace {

/// A host that lost its power in the middle of a call does not end its connections. Its system answers only
/// when it is asked: "no such connection" once it is back, or nothing. So it is asked.
constexpr std::chrono::seconds kProbeInterval{5};
/// How long the other system may be silent, while the connection waits for its data or its acknowledgements.
constexpr std::chrono::seconds kMaxSilence{35};

void assign(boost::system::error_code& error, int number) {
  error.assign(number, boost::system::system_category());
}

/// Refused options leave the connection as usable as without them.
template <class Duration>
void set(int descriptor, int option, Duration value) {
  const int number = static_cast<int>(value.count());
  ::setsockopt(descriptor, IPPROTO_TCP, option, &number, sizeof number);
}

void noticeThatTheOtherHostIsGone(int descriptor) {
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  set(descriptor, TCP_KEEPIDLE, kProbeInterval);
  set(descriptor, TCP_KEEPINTVL, kProbeInterval);
  // Instead of a number of probes, and for what was sent and not acknowledged, too.
  set(descriptor, TCP_USER_TIMEOUT, std::chrono::milliseconds(kMaxSilence));
}

}  // namespace

TimedStream::~TimedStream() {
  close();
}

void TimedStream::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void TimedStream::connect(const SocketAddress& address, Clock::time_point deadline, ErrorCode& error) {
  error = {};
  close();
  deadline_ = deadline;
  bytesReceived_ = 0;
  descriptor_ = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor_ < 0) return assign(error, errno);
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  noticeThatTheOtherHostIsGone(descriptor_);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the sockets API takes any address.
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0) {
    if (errno == EINPROGRESS || errno == EINTR) {
      await(POLLOUT, error);
      int result = 0;
      socklen_t length = sizeof result;
      if (!error && ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &result, &length) != 0) result = errno;
      if (!error && result != 0) assign(error, result);
    } else {
      assign(error, errno);
    }
  }
  if (error) close();
}

bool TimedStream::hasInput() const {
  pollfd entry{descriptor_, POLLIN, 0};
  return ::poll(&entry, 1, 0) != 0;
}

std::size_t TimedStream::receive(iovec* vectors, std::size_t count, ErrorCode& error) {
  error = {};
  if (count == 0) return 0;
  msghdr message{};
  message.msg_iov = vectors;
  message.msg_iovlen = count;
  while (true) {
    // Before each read: data may come without end.
    if (Clock::now() >= deadline_) {
      error = boost::beast::error::timeout;
      return 0;
    }
    const ssize_t bytes = ::recvmsg(descriptor_, &message, 0);
    if (bytes > 0) {
      bytesReceived_ += static_cast<std::size_t>(bytes);
      return static_cast<std::size_t>(bytes);
    }
    if (bytes == 0) {
      error = boost::asio::error::eof;
      return 0;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      assign(error, errno);
      return 0;
    }
    await(POLLIN, error);
    if (error) return 0;
  }
}

std::size_t TimedStream::send(iovec* vectors, std::size_t count, ErrorCode& error) {
  error = {};
  if (count == 0) return 0;
  msghdr message{};
  message.msg_iov = vectors;
  message.msg_iovlen = count;
  while (true) {
    if (Clock::now() >= deadline_) {
      error = boost::beast::error::timeout;
      return 0;
    }
    const ssize_t bytes = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
    if (bytes >= 0) return static_cast<std::size_t>(bytes);
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      assign(error, errno);
      return 0;
    }
    await(POLLOUT, error);
    if (error) return 0;
  }
}

void TimedStream::await(short events, ErrorCode& error) const {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    if (left <= 0) {
      error = boost::beast::error::timeout;
      return;
    }
    pollfd entry{descriptor_, events, 0};
    const auto limit = std::min<decltype(left)>(left, std::numeric_limits<int>::max());
    const int ready = ::poll(&entry, 1, static_cast<int>(limit));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) return assign(error, errno);
  }
}

}  // namespace vbs::http
