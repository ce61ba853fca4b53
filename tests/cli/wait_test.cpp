#include "cli/wait.h"

#include <gmock/gmock.h>

#include "client_fixture.h"
#include "records.h"

namespace vbs::cli {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::WithArg;

/// A service whose volume is pending, and what each describe after that does.
class Wait : public ClientTest {
public:
  Wait() {
    ON_CALL(service, createVolume).WillByDefault(WithArg<1>([](const auto&) { return pendingVolume(); }));
    ON_CALL(service, describeVolumes)
        .WillByDefault(WithArg<1>([this](const DescribeRequest<VolumeId>& request) {
          EXPECT_EQ(request.ids, std::vector{VolumeId("vol-0a1b2c3d")});
          return Page<Volume>{{describe(++asked)}, {}};
        }));
  }

  ExitCode create(const std::vector<std::string>& options = {}) {
    std::vector<std::string> arguments{"create-volume", "10", "--output", "text", "--wait"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run(arguments);
  }

  int asked = 0;
  std::function<Volume(int asked)> describe;
};

const std::string kAvailableLine =
    "VOLUME\tvol-0a1b2c3d\t10\t\tavailable\t2009-12-09T10:00:00Z\t\tdata of the wiki\t\n";
const std::string kPendingLine =
    "VOLUME\tvol-0a1b2c3d\t10\tsnap-00000001\tpending\t2009-12-09T10:00:00Z\t42%\tdata of the wiki\t\n";

TEST_F(Wait, AsksUntilTheVolumeIsAvailable) {
  describe = [](int asked) { return asked < 5 ? pendingVolume() : availableVolume(); };
  EXPECT_EQ(create(), ExitCode::Done);
  EXPECT_EQ(asked, 5);
  EXPECT_EQ(out.written, kAvailableLine);
  EXPECT_EQ(err.written, "vbs: waiting for vol-0a1b2c3d (pending)\n");
}

TEST_F(Wait, AsksNothingWhenTheVolumeIsAvailableAtOnce) {
  ON_CALL(service, createVolume).WillByDefault(WithArg<1>([](const auto&) { return availableVolume(); }));
  EXPECT_EQ(create(), ExitCode::Done);
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(out.written, kAvailableLine);
  EXPECT_THAT(err.written, IsEmpty());
}

TEST_F(Wait, DrawsABarOnATerminal) {
  errWidth = 80;
  describe = [](int) { return availableVolume(); };
  EXPECT_EQ(create(), ExitCode::Done);
  EXPECT_THAT(err.written, StartsWith("vol-0a1b2c3d pending [############..................]  42%\r"));
  EXPECT_EQ(err.written.back(), '\r');
}

TEST_F(Wait, DrawsNoBarBetweenTheLinesOfVerbose) {
  errWidth = 80;
  describe = [](int) { return availableVolume(); };
  EXPECT_EQ(create({"--verbose"}), ExitCode::Done);
  EXPECT_EQ(err.written.find('\r'), std::string::npos);
}

TEST_F(Wait, AsksLessAndLessOften) {
  describe = [](int asked) { return asked < 100 ? pendingVolume() : availableVolume(); };
  EXPECT_EQ(create(), ExitCode::Done);
  EXPECT_GT(clock.passed(), 180s);
  EXPECT_LE(clock.passed(), 200s);
}

TEST_F(Wait, FailsWithTheReasonWhenTheCopyFailed) {
  describe = [](int) { return brokenVolume(); };
  EXPECT_EQ(create(), ExitCode::Refused);
  EXPECT_THAT(out.written, HasSubstr("\terror\t"));
  EXPECT_THAT(err.written,
              HasSubstr("vbs: vol-0a1b2c3d ended in status error: the copy failed: no space left\n"));
}

TEST_F(Wait, IsContentWithAVolumeThatSomeoneAttachedMeanwhile) {
  describe = [](int) {
    Volume volume = volumeInUse();
    volume.volumeId = VolumeId("vol-0a1b2c3d");
    return volume;
  };
  EXPECT_EQ(create(), ExitCode::Done);
}

TEST_F(Wait, StopsAtTheTimeoutWithACodeOfItsOwn) {
  describe = [](int) { return pendingVolume(); };
  EXPECT_EQ(create({"--timeout", "1m"}), ExitCode::TimedOut);
  EXPECT_EQ(clock.passed(), 60s);
  EXPECT_EQ(out.written, kPendingLine);
  EXPECT_THAT(err.written,
              HasSubstr("vbs: vol-0a1b2c3d is still pending after 1m; the service goes on with it\n"));
}

TEST_F(Wait, EndsWhenTheUserInterruptsIt) {
  describe = [](int) { return pendingVolume(); };
  clock.interruptAtSleep = 3;
  EXPECT_EQ(create(), ExitCode::Interrupted);
  EXPECT_EQ(out.written, kPendingLine);
  EXPECT_THAT(err.written, HasSubstr("no longer waiting for vol-0a1b2c3d; the service goes on with it"));
}

TEST_F(Wait, BearsAServiceThatIsAwayForAMoment) {
  describe = [](int asked) {
    if (asked < 4) throw ServiceUnreachable("Connection refused");
    if (asked < 6) throw Error(ErrorCode::Busy, "too many at once");
    return availableVolume();
  };
  EXPECT_EQ(create(), ExitCode::Done);
  EXPECT_EQ(out.written, kAvailableLine);
}

TEST_F(Wait, GivesUpOnAServiceThatStaysAwayButNamesTheVolume) {
  describe = [](int) -> Volume { throw ServiceUnreachable("Connection refused"); };
  EXPECT_EQ(create(), ExitCode::Unreachable);
  EXPECT_GE(clock.passed(), 30s);
  EXPECT_LE(clock.passed(), 32s);
  EXPECT_EQ(out.written, kPendingLine);
}

TEST_F(Wait, EndsWhenTheVolumeIsGone) {
  describe = [](int) -> Volume {
    throw Error(ErrorCode::VolumeNotFound, "vol-0a1b2c3d does not exist", "vol-0a1b2c3d");
  };
  EXPECT_EQ(create(), ExitCode::Refused);
  EXPECT_THAT(err.written, HasSubstr("vbs: VolumeNotFound: vol-0a1b2c3d does not exist\n"));
}

TEST_F(Wait, RefusesAnAnswerWithoutTheVolume) {
  ON_CALL(service, describeVolumes).WillByDefault(WithArg<1>([](const auto&) { return Page<Volume>{}; }));
  EXPECT_EQ(create(), ExitCode::Refused);
  EXPECT_THAT(err.written, HasSubstr("answers 0 records"));
}

TEST_F(Wait, AlsoWaitsForSnapshots) {
  ON_CALL(service, createSnapshot).WillByDefault(WithArg<1>([](const auto&) {
    Snapshot snapshot = completedSnapshot();
    snapshot.status = SnapshotStatus::Pending;
    return snapshot;
  }));
  ON_CALL(service, describeSnapshots)
      .WillByDefault(WithArg<1>([](const DescribeRequest<SnapshotId>& request) {
        EXPECT_EQ(request.ids, std::vector{SnapshotId("snap-00000001")});
        return Page<Snapshot>{{completedSnapshot()}, {}};
      }));
  EXPECT_EQ(run({"create-snapshot", "vol-0a1b2c3d", "--wait", "--output", "text"}), ExitCode::Done);
  EXPECT_THAT(out.written, HasSubstr("\tcompleted\t"));
}

TEST_F(Wait, DoesNotWaitUnlessTold) {
  EXPECT_EQ(run({"create-volume", "10", "--output", "text"}), ExitCode::Done);
  EXPECT_EQ(out.written, kPendingLine);
  EXPECT_EQ(clock.sleeps, 0);
}

}  // namespace
}  // namespace vbs::cli
