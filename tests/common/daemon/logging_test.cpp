#include "common/daemon/logging.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

namespace vbs::daemon {
namespace {

TEST(Logging, EachLineHasItsTimeAndLevel) {
  EXPECT_EXIT(
      {
        startLogging("info");
        spdlog::debug("hidden");
        spdlog::info("shown");
        std::exit(0);
      },
      testing::ExitedWithCode(0), "^....-..-..T..:..:..\\....Z info    shown\n$");
}

TEST(Logging, TheLevelCanBeSetLater) {
  EXPECT_EXIT(
      {
        startLogging("info");
        startLogging("debug");
        spdlog::debug("shown");
        std::exit(0);
      },
      testing::ExitedWithCode(0), "shown\n$");
}

TEST(Logging, ALineIsWrittenBeforeTheProgramGoesOn) {
  EXPECT_EXIT(
      {
        startLogging("info");
        spdlog::info("last words");
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "last words\n$");
}

}  // namespace
}  // namespace vbs::daemon
