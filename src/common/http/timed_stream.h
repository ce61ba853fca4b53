#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstddef>

#include "common/http/resolver.h"

namespace vbs::http {

/// A TCP connection for blocking use with one deadline for everything. Asio's and Beast's synchronous
/// algorithms over it end by then, whatever the other side does. (Asio's own blocking calls have no time
/// limit.)
///
/// They end earlier with connection_reset when the other host's system has forgotten the connection: it is
/// asked every 5 s, or when TCP sends again what was not acknowledged. They end earlier with timed_out when
/// that system acknowledges nothing for 35 s. A process that is slow or stopped does not cause this, unless
/// it leaves unread more than the buffers hold for that long. The socket is not inherited by child processes.
/// Not thread-safe.
class TimedStream {
public:
  using Clock = std::chrono::steady_clock;
  using ErrorCode = boost::system::error_code;

  TimedStream() = default;
  ~TimedStream();
  TimedStream(const TimedStream&) = delete;
  TimedStream& operator=(const TimedStream&) = delete;

  /// Opens the connection anew. On failure it is closed again.
  void connect(const SocketAddress& address, Clock::time_point deadline, ErrorCode& error);

  /// When reading and writing fail with boost::beast::error::timeout.
  void expiresAt(Clock::time_point deadline) { deadline_ = deadline; }

  /// Bytes received since the last reset.
  std::size_t bytesReceived() const { return bytesReceived_; }
  void resetBytesReceived() { bytesReceived_ = 0; }

  /// True when the other side has sent something, closed or reset the connection.
  bool hasInput() const;

  // The SyncStream concept of Asio; its names.
  // NOLINTBEGIN(readability-identifier-naming)
  template <class MutableBuffers>
  std::size_t read_some(const MutableBuffers& buffers, ErrorCode& error) {
    Vectors vectors{};
    return receive(vectors.data(), gather(buffers, vectors), error);
  }
  template <class MutableBuffers>
  std::size_t read_some(const MutableBuffers& buffers) {
    ErrorCode error;
    const auto bytes = read_some(buffers, error);
    if (error) throw boost::system::system_error(error);
    return bytes;
  }
  template <class ConstBuffers>
  std::size_t write_some(const ConstBuffers& buffers, ErrorCode& error) {
    Vectors vectors{};
    return send(vectors.data(), gather(buffers, vectors), error);
  }
  template <class ConstBuffers>
  std::size_t write_some(const ConstBuffers& buffers) {
    ErrorCode error;
    const auto bytes = write_some(buffers, error);
    if (error) throw boost::system::system_error(error);
    return bytes;
  }
  // NOLINTEND(readability-identifier-naming)

private:
  static constexpr std::size_t kMaxVectors = 16;
  using Vectors = std::array<iovec, kMaxVectors>;

  /// The number of vectors that `buffers` took.
  template <class Buffers>
  static std::size_t gather(const Buffers& buffers, Vectors& vectors) {
    std::size_t count = 0;
    auto next = boost::asio::buffer_sequence_begin(buffers);
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (; next != end && count < kMaxVectors; ++next) {
      const boost::asio::const_buffer buffer(*next);
      if (buffer.size() == 0) continue;
      // iovec serves both ways and so has no const.
      vectors[count++] = {const_cast<void*>(buffer.data()), buffer.size()};
    }
    return count;
  }

  std::size_t receive(iovec* vectors, std::size_t count, ErrorCode& error);
  std::size_t send(iovec* vectors, std::size_t count, ErrorCode& error);
  /// Waits for `events` of poll(2).
  void await(short events, ErrorCode& error) const;
  void close();

  int descriptor_ = -1;
  Clock::time_point deadline_;
  std::size_t bytesReceived_ = 0;
};

}  // namespace vbs::http
