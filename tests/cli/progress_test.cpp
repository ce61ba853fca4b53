#include "cli/progress.h"

#include <gtest/gtest.h>

#include "client_fixture.h"

namespace vbs::cli {
namespace {

TEST(Progress, DrawsABarOverTheFormerOneAndTakesItAway) {
  StringOutput err;
  {
    Progress progress(err, 80);
    progress.show("vol-0a1b2c3d", "pending", 0);
    progress.show("vol-0a1b2c3d", "pending", 50);
    progress.show("vol-0a1b2c3d", "pending", 50);
  }
  const std::string wiped = "\r" + std::string(58, ' ') + "\r";
  EXPECT_EQ(err.written, "vol-0a1b2c3d pending [..............................]   0%" + wiped +
                             "vol-0a1b2c3d pending [###############...............]  50%" + wiped);
}

TEST(Progress, IsOneLineWhereThereIsNoTerminal) {
  StringOutput err;
  {
    Progress progress(err, {});
    progress.show("vol-0a1b2c3d", "pending", 0);
    progress.show("vol-0a1b2c3d", "pending", 50);
  }
  EXPECT_EQ(err.written, "vbs: waiting for vol-0a1b2c3d (pending)\n");
}

TEST(Progress, NeverWrapsOnANarrowTerminal) {
  StringOutput err;
  Progress progress(err, 20);
  progress.show("vol-0a1b2c3d", "pending", 50);
  EXPECT_EQ(err.written, "vol-0a1b2c3d pendi…");
}

TEST(Progress, GoesOnWhenNobodyReadsIt) {
  StringOutput err;
  err.failure = EIO;
  Progress progress(err, 80);
  EXPECT_NO_THROW(progress.show("vol-0a1b2c3d", "pending", 50));
}

}  // namespace
}  // namespace vbs::cli
