#include "vbs_service/capacity/capacity_watch.h"

#include <gmock/gmock.h>

#include "common/system/thread_scheduler.h"
#include "support/captured_log.h"
#include "vbs_service/service_under_test.h"

namespace vbs::capacity {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Capacity kHalfFull{.totalBytes = 24LL << 30, .freeBytes = 12LL << 30};
const RequestId kRequest("request-1");

class CapacityWatchTest : public ::testing::Test {
protected:
  CapacityWatchTest() { volumes_.setCapacity(kHalfFull); }

  std::size_t looks() const { return volumes_.script.calls().size(); }

  FakeVolumeDelegate volumes_;
  const std::string name_ = "the Volume Delegate";
};

TEST_F(CapacityWatchTest, AsksAgainAndAgain) {
  CapacityWatch watch(system::threadScheduler(), volumes_, name_, {.interval = milliseconds(1)});
  eventually([&] { return looks() >= 3; });
  volumes_.setCapacity({.totalBytes = 30LL << 30, .freeBytes = 1});
  eventually([&] { return watch.current(kRequest).seen->freeBytes == 1; });
}

TEST_F(CapacityWatchTest, KeepsItsAnswerUntilTheNextLook) {
  CapacityWatch watch(system::threadScheduler(), volumes_, name_, {.interval = hours(1)});
  eventually([&] { return watch.current(kRequest).seen.has_value(); });
  const std::size_t before = looks();
  volumes_.setCapacity({.totalBytes = 1, .freeBytes = 1});
  EXPECT_EQ(watch.current(kRequest).seen->totalBytes, kHalfFull.totalBytes);
  EXPECT_EQ(looks(), before);
}

TEST_F(CapacityWatchTest, AsksEachTimeWhenItIsNotToAskByItself) {
  CapacityWatch watch(system::threadScheduler(), volumes_, name_, {});
  EXPECT_EQ(looks(), 0U);
  EXPECT_EQ(watch.current(kRequest).seen->totalBytes, kHalfFull.totalBytes);
  volumes_.setCapacity({.totalBytes = 1, .freeBytes = 1});
  EXPECT_EQ(watch.current(kRequest).seen->totalBytes, 1);
}

TEST_F(CapacityWatchTest, TellsWhyNothingIsKnown) {
  volumes_.script.failAlways("capacity", commandFailed("no capacity in the pattern file"));
  CapacityWatch watch(system::threadScheduler(), volumes_, name_, {});
  const CapacityView view = watch.current(kRequest);
  EXPECT_FALSE(view.seen);
  EXPECT_THAT(view.reason.value(), HasSubstr("no capacity in the pattern file"));
}

TEST_F(CapacityWatchTest, KeepsTheLastAnswerBesideTheReasonWhyThereIsNoneNewer) {
  CapacityWatch watch(system::threadScheduler(), volumes_, name_, {});
  watch.current(kRequest);
  volumes_.script.fail("capacity", unreachable());
  const CapacityView view = watch.current(kRequest);
  EXPECT_EQ(view.seen->freeBytes, kHalfFull.freeBytes);
  EXPECT_THAT(view.reason.value(), HasSubstr("connection refused"));
  EXPECT_FALSE(watch.current(kRequest).reason);
}

TEST_F(CapacityWatchTest, LogsOnceThatThereIsNoAnswerAndOnceThatThereIsOneAgain) {
  const support::CapturedLog log;
  CapacityWatch watch(system::threadScheduler(), volumes_, name_, {});
  volumes_.script.fail("capacity", unreachable(), FaultPoint::Before, 3);
  for (int i = 0; i < 5; ++i) watch.current(kRequest);
  EXPECT_THAT(log.lines(),
              ElementsAre("warning the Volume Delegate does not tell its capacity: connection refused",
                          "info the capacity of the volume server is known again"));
}

TEST_F(CapacityWatchTest, LogsAnotherKindOfFailureToo) {
  const support::CapturedLog log;
  CapacityWatch watch(system::threadScheduler(), volumes_, name_, {});
  volumes_.script.fail("capacity", unreachable());
  watch.current(kRequest);
  volumes_.script.fail("capacity", commandFailed("vgs: no"));
  watch.current(kRequest);
  EXPECT_THAT(log.lines(),
              ElementsAre("warning the Volume Delegate does not tell its capacity: connection refused",
                          "warning the Volume Delegate does not tell its capacity: vgs: no"));
}

TEST_F(CapacityWatchTest, WarnsWhenTheVolumeServerGetsFull) {
  const support::CapturedLog log;
  CapacityWatch watch(system::threadScheduler(), volumes_, name_, {.warningPercent = 50});
  watch.current(kRequest);
  EXPECT_THAT(log.lines(), ElementsAre("warning the volume server is 50 % full: 12.0 of 24.0 GiB are free"));
}

TEST_F(CapacityWatchTest, AsksNobodyOnceItHasStopped) {
  const auto block = volumes_.script.block("capacity");
  {
    CapacityWatch watch(system::threadScheduler(), volumes_, name_, {.interval = milliseconds(1)});
    block->awaitArrival();
    watch.stop();
    block->release();
  }
  EXPECT_EQ(looks(), 1U);
}

TEST_F(ServiceTest, DescribesTheCapacityWithWhatIsPromised) {
  service_.volumes.setCapacity(kHalfFull);
  const Volume volume = service_.createVolume(7);
  service_.createVolume(3);
  service_.createSnapshot(volume.volumeId);
  const CapacityReport report = service_->administration().describeCapacity(ServiceUnderTest::context());
  EXPECT_EQ(report.seen->totalBytes, kHalfFull.totalBytes);
  EXPECT_EQ(report.seen->freeBytes, kHalfFull.freeBytes);
  EXPECT_EQ(report.volumesGiB, 10);
  EXPECT_EQ(report.snapshotsGiB, 7);
  EXPECT_EQ(report.overcommit, "unlimited");
  EXPECT_FALSE(report.limitGiB);
  EXPECT_FALSE(report.reason);
}

TEST_F(ServiceTest, DescribesThatNothingIsPromised) {
  const CapacityReport report = service_->administration().describeCapacity(ServiceUnderTest::context());
  EXPECT_EQ(report.volumesGiB, 0);
  EXPECT_EQ(report.snapshotsGiB, 0);
}

}  // namespace
}  // namespace vbs::capacity
