#include "common/fault/fault_directory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <future>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "support/scratch_directory.h"

namespace vbs::fault {
namespace {

namespace fs = std::filesystem;

class FaultDirectoryTest : public testing::Test {
protected:
  std::string text(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(scratch_.path() / name).rdbuf();
    return text.str();
  }
  bool has(const std::string& name) const { return fs::exists(scratch_.path() / name); }

  /// As a test would: renamed into place.
  void give(const std::string& name, const std::string& text) const {
    fs::rename(scratch_.write("draft", text), scratch_.path() / name);
  }

  /// Reaches the point on a thread of its own, which is stopped there when this returns.
  std::future<bool> stoppedAt(const std::string& point) {
    auto fails = std::async(std::launch::async, [this, point] { return faults_.reach("call", point); });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!has("reached") && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    EXPECT_TRUE(has("reached"));
    return fails;
  }

  support::ScratchDirectory scratch_;
  FaultDirectory faults_{scratch_.path()};
};

TEST_F(FaultDirectoryTest, TracesEveryPointInOrderWithItsSeam) {
  EXPECT_FALSE(faults_.reach("write", "a/commit.before"));
  EXPECT_FALSE(faults_.reach("command", "command/x.1.after"));
  EXPECT_EQ(text("trace"), "write a/commit.before\ncommand command/x.1.after\n");
}

TEST_F(FaultDirectoryTest, StopsAtTheArmedPointUntilTheVerdictAndTellsWhere) {
  give("armed", "b");
  EXPECT_FALSE(faults_.reach("call", "a"));
  auto fails = stoppedAt("b");
  EXPECT_EQ(text("reached"), std::to_string(::getpid()) + " b\n");
  EXPECT_FALSE(has("armed"));
  give("verdict", "continue\n");
  EXPECT_FALSE(fails.get());
  EXPECT_FALSE(has("reached"));
  EXPECT_FALSE(has("verdict"));
}

TEST_F(FaultDirectoryTest, FailsWhenTheVerdictSaysSo) {
  give("armed", "b");
  auto fails = stoppedAt("b");
  give("verdict", "fail\n");
  EXPECT_TRUE(fails.get());
}

TEST_F(FaultDirectoryTest, StopsAtTheOccurrenceThatIsAskedForOnly) {
  give("armed", "b 3");
  EXPECT_FALSE(faults_.reach("call", "b"));
  EXPECT_FALSE(faults_.reach("call", "b"));
  auto fails = stoppedAt("b");
  give("verdict", "continue\n");
  EXPECT_FALSE(fails.get());
  EXPECT_FALSE(faults_.reach("call", "b"));
}

TEST_F(FaultDirectoryTest, LetsOthersPassWhileOneIsStopped) {
  give("armed", "b");
  auto fails = stoppedAt("b");
  EXPECT_FALSE(faults_.reach("call", "a"));
  EXPECT_FALSE(faults_.reach("call", "b"));
  give("verdict", "continue\n");
  fails.get();
}

TEST_F(FaultDirectoryTest, WantsADirectory) {
  EXPECT_THROW(FaultDirectory(scratch_.path() / "none"), std::runtime_error);
}

}  // namespace
}  // namespace vbs::fault
