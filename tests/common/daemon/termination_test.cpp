#include "common/daemon/termination.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace vbs::daemon {
namespace {

TEST(Termination, ReloadsForEachHangupAndEndsForATermination) {
  const Termination termination;
  int reloads = 0;
  ::kill(::getpid(), SIGHUP);
  const std::string signal = termination.wait([&reloads] {
    ++reloads;
    ::kill(::getpid(), reloads < 3 ? SIGHUP : SIGTERM);
  });
  EXPECT_EQ(signal, "SIGTERM");
  EXPECT_EQ(reloads, 3);
}

TEST(Termination, TellsAnInterruptFromATermination) {
  const Termination termination;
  ::kill(::getpid(), SIGINT);
  EXPECT_STREQ(termination.wait([] { FAIL() << "nothing was to be reloaded"; }), "SIGINT");
}

}  // namespace
}  // namespace vbs::daemon
