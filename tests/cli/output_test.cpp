#include "cli/output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <thread>

namespace vbs::cli {
namespace {

TEST(FdOutput, WritesAllToASlowReaderOfANonBlockingPipe) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_NONBLOCK), 0);
  const std::string text(1 << 20, 'x');
  std::thread writer([&] {
    FdOutput(ends[1]).write(text);
    ::close(ends[1]);
  });
  ASSERT_EQ(::fcntl(ends[0], F_SETFL, 0), 0);  // the reader blocks
  std::string received;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
    received.append(buffer.data(), static_cast<std::size_t>(count));
  }
  writer.join();
  ::close(ends[0]);
  EXPECT_TRUE(received == text);
}

TEST(FdOutput, SaysThatTheReaderWentAway) {
  ::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ::close(ends[0]);
  try {
    FdOutput(ends[1]).write("x");
    FAIL();
  } catch (const OutputError& error) {
    EXPECT_EQ(error.code(), std::errc::broken_pipe);
  }
  ::close(ends[1]);
}

TEST(FdOutput, SaysThatTheDiskIsFull) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  try {
    FdOutput(full).write("x");
    FAIL();
  } catch (const OutputError& error) {
    EXPECT_EQ(error.code(), std::errc::no_space_on_device);
  }
  ::close(full);
}

}  // namespace
}  // namespace vbs::cli
