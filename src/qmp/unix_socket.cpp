#include "qmp/unix_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "common/model/error.h"

namespace vbs::qmp {
namespace {

constexpr std::size_t kMaxLine = 16UL * 1024 * 1024;
constexpr int kRetryMilliseconds = 10;

[[noreturn]] void fail(const std::string& what, int error) {
  throw Error(ErrorCode::InternalError, what + ": " + std::generic_category().message(error));
}

/// False past the deadline.
bool waitFor(int fd, short events, Deadline deadline) {
  for (;;) {
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, millisecondsUntil(deadline));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) fail("poll", errno);
  }
}

}  // namespace

std::optional<UnixSocket> UnixSocket::connect(const std::filesystem::path& path, Deadline deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path.native();
  if (text.size() >= sizeof address.sun_path) {
    throw Error(ErrorCode::InvalidParameter, "the socket path " + text + " is longer than the " +
                                                 std::to_string(sizeof address.sun_path - 1) +
                                                 " bytes of a UNIX socket address: use a shorter directory");
  }
  std::memcpy(static_cast<void*>(address.sun_path), text.data(), text.size());

  system::Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.isOpen()) fail("socket", errno);
  while (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) return std::nullopt;
    // EAGAIN: the listener's backlog is full, since QEMU accepts one client at a time.
    if (errno != EAGAIN && errno != EINTR) fail("cannot connect to " + text, errno);
    if (isPast(deadline)) throw Error(ErrorCode::Timeout, text + " accepts no connection: others wait there");
    ::poll(nullptr, 0, std::min(kRetryMilliseconds, millisecondsUntil(deadline)));
  }
  return UnixSocket(std::move(fd));
}

bool UnixSocket::writeLine(std::string_view line, Deadline deadline) {
  std::string rest(line);
  rest += '\n';
  while (!rest.empty()) {
    const ssize_t written = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (written >= 0) {
      rest.erase(0, static_cast<std::size_t>(written));
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return false;
    } else if (errno == EAGAIN) {
      if (!waitFor(socket_.get(), POLLOUT, deadline)) {
        throw Error(ErrorCode::Timeout, "the VM takes no commands");
      }
    } else if (errno != EINTR) {
      fail("send", errno);
    }
  }
  return true;
}

UnixSocket::ReadResult UnixSocket::readLine(std::string& line, Deadline deadline) {
  std::size_t searched = 0;
  for (;;) {
    if (const auto newline = unread_.find('\n', searched); newline != std::string::npos) {
      line = unread_.substr(0, newline);
      unread_.erase(0, newline + 1);
      return ReadResult::Line;
    }
    searched = unread_.size();
    if (searched > kMaxLine) throw Error(ErrorCode::InternalError, "the VM sent a line without an end");

    if (!waitFor(socket_.get(), POLLIN, deadline)) return ReadResult::TimedOut;
    std::array<char, 4096> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): recv fills it
    const ssize_t got = ::recv(socket_.get(), piece.data(), piece.size(), 0);
    if (got > 0) {
      unread_.append(piece.data(), static_cast<std::size_t>(got));
    } else if (got == 0 || errno == ECONNRESET) {
      return ReadResult::Closed;
    } else if (errno != EINTR && errno != EAGAIN) {
      fail("recv", errno);
    }
  }
}

}  // namespace vbs::qmp
