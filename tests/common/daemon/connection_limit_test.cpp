#include "common/daemon/connection_limit.h"

#include <gtest/gtest.h>

namespace vbs::daemon {
namespace {

TEST(ConnectionLimit, IsAsWantedWhereDescriptorsSuffice) {
  EXPECT_EQ(connectionsThatFit(1024, 128, 524'288), 1024);
}

TEST(ConnectionLimit, LeavesEveryRequestItsDescriptors) {
  EXPECT_EQ(connectionsThatFit(1024, 128, 1024), 1024 - 32 - 6 * 128);
}

TEST(ConnectionLimit, CountsNoMoreRequestsThanThereAreConnections) {
  EXPECT_EQ(connectionsThatFit(1024, 128, 32 + 7 * 20), 20);
}

TEST(ConnectionLimit, LetsOneInHoweverFewDescriptorsThereAre) {
  EXPECT_EQ(connectionsThatFit(1024, 128, 3), 1);
}

}  // namespace
}  // namespace vbs::daemon
