#include "common/command/copy_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vbs::command {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<int> read(const std::string& expression, const std::vector<std::string>& texts) {
  std::vector<int> reported;
  CopyProgress progress(Expression(expression), 1000, [&](int percent) { reported.push_back(percent); });
  for (const std::string& text : texts) progress.read(text);
  return reported;
}

const std::string kDd = R"(^(?<copiedBytes>\d+) bytes)";

TEST(CopyProgress, ReadsWhatDdWrites) {
  EXPECT_THAT(read(kDd, {"100 bytes (100 B) copied, 1 s, 100 B/s\r250 bytes (250 B) copied\r1000 bytes\n"}),
              ElementsAre(10, 25, 100));
}

TEST(CopyProgress, PutsPiecesTogether) {
  EXPECT_THAT(read(kDd, {"10", "0 by", "tes\r"}), ElementsAre(10));
}

TEST(CopyProgress, ReadsPercentages) {
  EXPECT_THAT(read(R"(\((?<percent>[\d.]+)/100%\))", {"    (12.52/100%)\r    (99.9/100%)\r"}),
              ElementsAre(12, 99));
}

TEST(CopyProgress, ReportsEachValueOnceAndNeverMoreThanAll) {
  EXPECT_THAT(read(kDd, {"100 bytes\r101 bytes\r5000 bytes\r99999999999999999999999 bytes\r"}),
              ElementsAre(10, 100));
}

TEST(CopyProgress, IgnoresWhatIsNoProgress) {
  EXPECT_THAT(read(kDd, {"dd: warning\n", std::string(100000, '1'), " bytes\r"}), IsEmpty());
}

}  // namespace
}  // namespace vbs::command
