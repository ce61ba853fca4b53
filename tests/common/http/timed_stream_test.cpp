#include "common/http/timed_stream.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <chrono>
#include <cstring>
#include <optional>

#include "common/http/socket.h"

namespace vbs::http {
namespace {

using std::chrono::minutes;

/// A network of this thread's own, with nothing but loopback: what is opened while it exists is in it.
class PrivateNetwork {
public:
  PrivateNetwork() : before_(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
    entered_ = ::unshare(CLONE_NEWNET) == 0;
    if (entered_) set(IFF_UP);
  }
  ~PrivateNetwork() {
    if (entered_) ::setns(before_.descriptor(), CLONE_NEWNET);
  }
  PrivateNetwork(const PrivateNetwork&) = delete;
  PrivateNetwork& operator=(const PrivateNetwork&) = delete;

  /// Not without CAP_SYS_ADMIN.
  bool isEntered() const { return entered_; }
  /// From now on nothing arrives, and nobody is told.
  void cut() { set(0); }

private:
  static void set(short flags) {
    const Socket any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = flags;
    ASSERT_EQ(::ioctl(any.descriptor(), SIOCSIFFLAGS, &request), 0);
  }

  const Socket before_;
  bool entered_;
};

/// A connection to a host that can be lost.
class TimedStreamTest : public testing::Test {
public:
  void SetUp() override {
    if (!network.isEntered()) GTEST_SKIP() << "a network that fails needs CAP_SYS_ADMIN";
    ListeningSocket listener;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(listener.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    SocketAddress resolved{};
    std::memcpy(&resolved.storage, &address, sizeof address);
    resolved.length = sizeof address;
    TimedStream::ErrorCode error;
    stream.connect(resolved, TimedStream::Clock::now() + minutes(2), error);
    ASSERT_FALSE(error) << error.message();
    server.emplace(listener.accept());
  }

  TimedStream::ErrorCode receive() {
    std::array<char, 1> byte{};
    TimedStream::ErrorCode error;
    stream.read_some(boost::asio::buffer(byte), error);
    return error;
  }

  PrivateNetwork network;
  TimedStream stream;
  std::optional<Socket> server;
};

TEST_F(TimedStreamTest, GivesUpOnASilentHostThatHasAcknowledgedAll) {
  stream.write_some(boost::asio::buffer("x", 1));
  server->receive(1);
  network.cut();
  EXPECT_EQ(receive(), boost::system::errc::timed_out);  // and not Beast's timeout, of the deadline
}

TEST_F(TimedStreamTest, GivesUpOnASilentHostThatHasNotAcknowledgedAll) {
  network.cut();
  stream.write_some(boost::asio::buffer("x", 1));
  EXPECT_EQ(receive(), boost::system::errc::timed_out);
}

}  // namespace
}  // namespace vbs::http
