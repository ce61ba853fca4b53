#include "common/daemon/listen_address.h"

#include <gtest/gtest.h>

#include "common/model/error.h"

namespace vbs::daemon {
namespace {

TEST(ListenAddress, IsHostAndPort) {
  EXPECT_EQ(parseListenAddress("127.0.0.1:8090"), (ListenAddress{"127.0.0.1", 8090}));
  EXPECT_EQ(parseListenAddress("[::1]:0"), (ListenAddress{"::1", 0}));
  EXPECT_EQ(parseListenAddress("store.example.org:65535"), (ListenAddress{"store.example.org", 65535}));
}

TEST(ListenAddress, RefusesWhatIsNone) {
  for (const char* bad :
       {"", "8090", ":8090", "host:", "host:65536", "host:-1", "host:80x", "::1:80", "[]:80", "[::1]80"}) {
    EXPECT_THROW(parseListenAddress(bad), Error) << bad;
  }
}

TEST(ListenAddress, KnowsWhatOnlyThisMachineReaches) {
  EXPECT_TRUE(isLoopback({"127.0.0.1", 1}));
  EXPECT_TRUE(isLoopback({"::1", 1}));
  EXPECT_TRUE(isLoopback({"localhost", 1}));
  EXPECT_FALSE(isLoopback({"0.0.0.0", 1}));
  EXPECT_FALSE(isLoopback({"192.0.2.1", 1}));
}

}  // namespace
}  // namespace vbs::daemon
