#include "common/daemon/line_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace vbs::daemon {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

std::string tellLoss(const LineWriter::Loss& loss) {
  return "lost " + std::to_string(loss.lines) + " error " + std::to_string(loss.error) + "\n";
}

/// A pipe of two pages, so that it is full soon.
class SmallPipe {
public:
  SmallPipe() {
    if (::pipe2(fds_.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    ::fcntl(fds_[1], F_SETPIPE_SZ, 2 * PIPE_BUF);
  }
  ~SmallPipe() {
    closeReader();
    ::close(fds_[1]);
  }
  SmallPipe(const SmallPipe&) = delete;
  SmallPipe& operator=(const SmallPipe&) = delete;

  int writeEnd() const { return fds_[1]; }
  void closeReader() {
    if (fds_[0] >= 0) ::close(std::exchange(fds_[0], -1));
  }

  /// Reads up to and with the line.
  std::vector<std::string> readUntil(const std::string& last) {
    std::vector<std::string> lines;
    std::string line;
    char c = 0;
    while (::read(fds_[0], &c, 1) == 1) {
      if (c != '\n') {
        line += c;
        continue;
      }
      lines.push_back(std::exchange(line, {}));
      if (lines.back() == last) break;
    }
    return lines;
  }

private:
  std::array<int, 2> fds_{};
};

class LineWriterTest : public testing::Test {  // NOLINT(cppcoreguidelines-virtual-class-destructor)
protected:
  LineWriterTest() { ::signal(SIGPIPE, SIG_IGN); }

  SmallPipe pipe_;
};

constexpr int kMany = 10'000;  // lines that no such pipe holds

void writeMany(LineWriter& writer) {
  for (int i = 0; i < kMany; ++i) writer.write("line " + std::to_string(i) + "\n");
}

TEST_F(LineWriterTest, WritesLinesInTheirOrder) {
  LineWriter writer(pipe_.writeEnd(), {}, tellLoss);
  for (const char* line : {"a\n", "b\n", "c\n"}) writer.write(line);
  EXPECT_TRUE(writer.flush(1h));
  EXPECT_THAT(pipe_.readUntil("c"), ElementsAre("a", "b", "c"));
}

TEST_F(LineWriterTest, WritesLinesThatAreLongerThanThePipe) {
  LineWriter writer(pipe_.writeEnd(), {}, tellLoss);
  const std::string longLine(std::size_t{5} * PIPE_BUF + 1, 'x');
  writer.write(longLine + "\n");
  EXPECT_THAT(pipe_.readUntil(longLine), ElementsAre(longLine));
}

TEST_F(LineWriterTest, CountsTheOldestLinesThatItDropsWhileNobodyReads) {
  LineWriter writer(pipe_.writeEnd(), {.bytes = 1000}, tellLoss);
  writeMany(writer);
  const auto lines = pipe_.readUntil("line " + std::to_string(kMany - 1));
  int dropped = 0;
  int written = 0;
  for (const std::string& line : lines) {
    std::istringstream text(line);
    std::string word;
    int number = 0;
    text >> word >> number;
    if (word == "lost") {
      dropped += number;
    } else {
      ASSERT_EQ(number, dropped + written) << "told where they are missing";
      ++written;
    }
  }
  EXPECT_GT(dropped, 0);
  EXPECT_EQ(dropped + written, kMany);
}

TEST_F(LineWriterTest, NobodyWaitsTwiceForAReaderThatStandsStill) {
  LineWriter writer(pipe_.writeEnd(), {}, tellLoss);
  writeMany(writer);
  EXPECT_FALSE(writer.flush(1ms));
  EXPECT_FALSE(writer.flushUnlessStuck(1h)) << "the test's time limit ends it otherwise";
  pipe_.readUntil("line " + std::to_string(kMany - 1));
  EXPECT_TRUE(writer.flush(1h));
  writer.write("again\n");
  EXPECT_TRUE(writer.flushUnlessStuck(1h));
}

TEST_F(LineWriterTest, EndsThoughNobodyReads) {
  std::optional<LineWriter> writer;
  writer.emplace(pipe_.writeEnd(), LineWriter::Limits{.finalPatience = 1ms}, tellLoss);
  writeMany(*writer);
  writer.reset();
}

TEST_F(LineWriterTest, WritesWhatWaitsBeforeItEnds) {
  std::optional<LineWriter> writer;
  writer.emplace(pipe_.writeEnd(), LineWriter::Limits{.finalPatience = 1h}, tellLoss);
  writeMany(*writer);
  std::thread end([&] { writer.reset(); });
  EXPECT_EQ(pipe_.readUntil("line " + std::to_string(kMany - 1)).size(), kMany);
  end.join();
}

TEST_F(LineWriterTest, GoesOnWhenTheReaderIsGone) {
  LineWriter writer(pipe_.writeEnd(), {}, tellLoss);
  pipe_.closeReader();
  writer.write("a\n");
  EXPECT_TRUE(writer.flush(1h));
}

TEST_F(LineWriterTest, TellsWhyLinesWereLostOnceThereIsRoomAgain) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  LineWriter writer(full, {}, tellLoss);
  writer.write("a\n");
  writer.write("b\n");
  EXPECT_TRUE(writer.flush(1h));
  ASSERT_EQ(::dup2(pipe_.writeEnd(), full), full);
  writer.write("c\n");
  EXPECT_THAT(pipe_.readUntil("c"), ElementsAre("lost 2 error " + std::to_string(ENOSPC), "c"));
  ::close(full);
}

TEST_F(LineWriterTest, WritesToASocketAsTheJournalHasIt) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  {
    LineWriter writer(ends[0], {}, tellLoss);
    writer.write("a\n");
  }
  std::array<char, 8> text{};
  EXPECT_EQ(::read(ends[1], text.data(), text.size()), 2);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(LineWriterTest, LeavesTheOpenFileInBlockingMode) {
  LineWriter writer(pipe_.writeEnd(), {}, tellLoss);
  writer.write("a\n");
  writer.flush(1h);
  EXPECT_EQ(::fcntl(pipe_.writeEnd(), F_GETFL) & O_NONBLOCK, 0);
}

}  // namespace
}  // namespace vbs::daemon
