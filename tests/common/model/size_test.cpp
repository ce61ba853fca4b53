#include "common/model/size.h"

#include <gtest/gtest.h>

#include "common/model/error.h"
#include "common/model/target.h"

namespace vbs {
namespace {

TEST(SizeGiB, HasItsRange) {
  EXPECT_EQ(SizeGiB(1).bytes(), 1073741824);
  EXPECT_EQ(SizeGiB(SizeGiB::kMax).bytes(), std::int64_t{1} << 50);
  EXPECT_THROW(SizeGiB(0), Error);
  EXPECT_THROW(SizeGiB(-1), Error);
  EXPECT_THROW(SizeGiB(SizeGiB::kMax + 1), Error);
}

TEST(TargetId, HasItsRange) {
  EXPECT_EQ(TargetId(1).number(), 1);
  EXPECT_THROW(TargetId(0), Error);
  EXPECT_THROW(TargetId(65536), Error);
}

TEST(Lun, HasItsRange) {
  EXPECT_EQ(Lun(0).number(), 0);
  EXPECT_THROW(Lun(-1), Error);
  EXPECT_THROW(Lun(256), Error);
}

}  // namespace
}  // namespace vbs
