#include "vbs_service/reconcile/drift_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "common/system/thread_scheduler.h"

namespace vbs::reconcile {
namespace {

const Difference kDifference{DriftKind::MissingTarget, "vol-0000000a", std::nullopt, "there is no target"};

class DriftLogTest : public testing::Test {
protected:
  DriftLogTest() : former_(spdlog::default_logger()) {
    auto logger =
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(written_));
    logger->set_pattern("%l %v");
    spdlog::set_default_logger(std::move(logger));
  }
  ~DriftLogTest() override { spdlog::set_default_logger(former_); }

  void run(const std::function<void()>& body, bool couldBeTold = true) {
    log_.beginRun(RequestId("request-1"));
    body();
    log_.endRun([&](const Difference&) { return couldBeTold; });
  }
  void runThatSees() {
    run([&] { log_.seen(kDifference, ""); });
  }
  std::vector<std::string> lines() {
    std::vector<std::string> all;
    std::istringstream text(written_.str());
    for (std::string line; std::getline(text, line);) all.push_back(line);
    return all;
  }

  DriftLog log_{system::threadScheduler()};

private:
  std::ostringstream written_;
  std::shared_ptr<spdlog::logger> former_;
};

TEST_F(DriftLogTest, TellsOfADriftWhenItComesAndWhenItGoes) {
  for (int i = 0; i < 3; ++i) runThatSees();
  run([] {});
  run([] {});
  EXPECT_THAT(lines(), testing::ElementsAre("warning missing-target: there is no target request=request-1",
                                            "info missing-target of vol-0000000a is gone request=request-1"));
  EXPECT_EQ(log_.countSeen(), 1);
  EXPECT_EQ(log_.countRepaired(), 0);
}

TEST_F(DriftLogTest, TakesNothingForGoneThatCouldNotBeTold) {
  runThatSees();
  run([] {}, false);
  runThatSees();
  EXPECT_EQ(lines().size(), 1U);
  EXPECT_EQ(log_.countSeen(), 1);
}

TEST_F(DriftLogTest, RemembersWhenADriftWasFirstSeen) {
  Time first{};
  Time second{};
  run([&] { first = log_.seen(kDifference, ""); });
  run([&] { second = log_.seen(kDifference, ""); });
  EXPECT_EQ(first, second);
  EXPECT_GT(first.time_since_epoch().count(), 0);
}

TEST_F(DriftLogTest, TellsOnceThatADriftCannotBeMended) {
  for (int i = 0; i < 3; ++i) {
    run([&] {
      log_.seen(kDifference, "");
      log_.failed(kDifference, "no room");
    });
  }
  EXPECT_TRUE(log_.hasFailed(kDifference));
  EXPECT_EQ(lines().size(), 2U);
  EXPECT_EQ(lines().at(1),
            "warning missing-target of vol-0000000a cannot be mended: no room request=request-1");
}

TEST_F(DriftLogTest, CountsARepairOnceAndSaysWhenItDidNotHelp) {
  for (int i = 0; i < 4; ++i) {
    run([&] {
      log_.seen(kDifference, "");
      log_.repaired(kDifference);
    });
  }
  EXPECT_EQ(log_.countSeen(), 1);
  EXPECT_EQ(log_.countRepaired(), 1);
  ASSERT_EQ(lines().size(), 3U);
  EXPECT_EQ(lines().at(1), "info missing-target of vol-0000000a is mended request=request-1");
  EXPECT_THAT(lines().at(2), testing::HasSubstr("though it was mended"));
}

TEST_F(DriftLogTest, TakesARepairedDriftThatComesBackLaterForANewOne) {
  for (int i = 0; i < 2; ++i) {
    run([&] {
      log_.seen(kDifference, "");
      log_.repaired(kDifference);
    });
    run([] {});
  }
  EXPECT_EQ(log_.countSeen(), 2);
  EXPECT_EQ(log_.countRepaired(), 2);
}

TEST_F(DriftLogTest, CallsALossAnError) {
  run([&] { log_.seen({DriftKind::MissingVolume, "vol-0000000a", std::nullopt, "it is lost"}, "mend it"); });
  EXPECT_EQ(lines().at(0), "error missing-volume: it is lost; mend it request=request-1");
}

}  // namespace
}  // namespace vbs::reconcile
