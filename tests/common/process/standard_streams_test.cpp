#include "common/process/standard_streams.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

namespace vbs {
namespace {

/// Ends the process: 0 when no later file gets a standard number and using `closed` fails with EBADF.
[[noreturn]] void tryWithout(int closed) {
  ::close(closed);
  holdStandardStreams();
  const int file = ::open("/dev/null", O_RDWR);
  std::array<char, 1> byte{};
  const bool failsToWrite = ::write(closed, byte.data(), byte.size()) == -1 && errno == EBADF;
  const bool failsToRead = ::read(closed, byte.data(), byte.size()) == -1 && errno == EBADF;
  std::_Exit(file > STDERR_FILENO && failsToWrite && failsToRead ? 0 : 1);
}

TEST(StandardStreams, KeepTheirNumbersWhenTheyAreClosed) {
  for (const int closed : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    EXPECT_EXIT(tryWithout(closed), testing::ExitedWithCode(0), "") << closed;
  }
}

TEST(StandardStreams, KeepTheirNumbersWhenAllAreClosed) {
  EXPECT_EXIT(
      {
        ::close(STDIN_FILENO);
        ::close(STDOUT_FILENO);
        tryWithout(STDERR_FILENO);
      },
      testing::ExitedWithCode(0), "");
}

TEST(StandardStreams, StayAsTheyAreWhenTheyAreOpen) {
  holdStandardStreams();
  EXPECT_EQ(::fcntl(STDERR_FILENO, F_GETFL) & O_PATH, 0);
}

/// Ends the process, with 1 and the reason on stderr when printing on `output` (closed when it is null)
/// fails.
[[noreturn]] void printOn(const char* output) {
  ::close(STDOUT_FILENO);
  if (output != nullptr) ::open(output, O_WRONLY);
  holdStandardStreams();
  try {
    std::cout << "text\n";
    flushStandardOutput();
  } catch (const std::runtime_error& error) {
    std::cerr << error.what();
    std::_Exit(1);
  }
  std::_Exit(0);
}

TEST(StandardStreams, TellThatOutputWasLost) {
  EXPECT_EXIT(printOn("/dev/null"), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(printOn("/dev/full"), testing::ExitedWithCode(1), "not be written: No space left on device");
  EXPECT_EXIT(printOn(nullptr), testing::ExitedWithCode(1), "not be written: Bad file descriptor");
}

}  // namespace
}  // namespace vbs
