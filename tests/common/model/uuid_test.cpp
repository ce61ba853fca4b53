#include "common/model/uuid.h"

#include <gtest/gtest.h>

#include <set>

namespace vbs {
namespace {

TEST(RandomUuid, HasTheShapeOfVersion4) {
  const std::string uuid = randomUuid();
  ASSERT_EQ(uuid.size(), 36U);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
}

TEST(RandomUuid, IsNotGivenTwice) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(randomUuid()).second);
}

}  // namespace
}  // namespace vbs
