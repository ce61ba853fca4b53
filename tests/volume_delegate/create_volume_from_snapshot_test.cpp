#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <optional>

#include "volume_delegate/command_volume_delegate_fixture.h"

namespace vbs::volume_delegate {
namespace {

using namespace std::chrono_literals;
using command::Command;
using command::FakeCommandRunner;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(CommandVolumeDelegateTest, CopiesASnapshotInTheBackground) {
  EXPECT_EQ(delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot), CreateVolumeOutcome::Pending);
  EXPECT_THAT(listener_.waitFor(1),
              ElementsAre(FakeVolumeStatusListener::Told{kVolume, VolumeStatus::Available, {}}));
  EXPECT_EQ(copy().state, CopyState::Done);
  EXPECT_THAT(runner_.lines(), ElementsAre("create vol-00000001 5", "copy snap-00000001 vol-00000001"));
}

TEST_F(CommandVolumeDelegateTest, ClonesASnapshotWhereTheStackCan) {
  writePatterns(std::string(kPatterns) + "volume.clone = clone <snapshotId> <volumeId>\n");
  EXPECT_EQ(delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot),
            CreateVolumeOutcome::Available);
  EXPECT_THAT(runner_.lines(), ElementsAre("clone snap-00000001 vol-00000001"));
  EXPECT_EQ(copy().state, CopyState::Unknown);
}

TEST_F(CommandVolumeDelegateTest, StartsNoCopyIntoAVolumeThatCouldNotBeCreated) {
  runner_.on("create", FakeCommandRunner::exits(5));
  EXPECT_THROW(delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot), Error);
  EXPECT_EQ(copy().state, CopyState::Unknown);
  EXPECT_THAT(runner_.lines(), ElementsAre("create vol-00000001 5"));
}

TEST_F(CommandVolumeDelegateTest, TellsThatACopyFailedAndWhy) {
  runner_.on("copy", FakeCommandRunner::exits(1, "bad sector\n"));
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  const auto told = listener_.waitFor(1).at(0);
  EXPECT_EQ(told.status, VolumeStatus::Error);
  EXPECT_THAT(*told.reason, AllOf(HasSubstr("volume.copy"), HasSubstr("bad sector")));
  EXPECT_EQ(copy().state, CopyState::Failed);
  EXPECT_EQ(copy().reason, told.reason);
  EXPECT_THAT(runner_.lines(), ElementsAre("create vol-00000001 5", "copy snap-00000001 vol-00000001"))
      << "the volume stays: the service decides";
}

TEST_F(CommandVolumeDelegateTest, StartsAFailedCopyOver) {
  runner_.on("copy", FakeCommandRunner::exits(1));
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  listener_.waitFor(1);
  runner_.on("copy", FakeCommandRunner::exits(0));
  EXPECT_EQ(delegate().createVolume(doing("op-2"), kVolume, kSize, kSnapshot), CreateVolumeOutcome::Pending);
  EXPECT_EQ(listener_.waitFor(2)[1].status, VolumeStatus::Available);
}

TEST_F(CommandVolumeDelegateTest, NeverCopiesAgainOverAFinishedVolume) {
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  listener_.waitFor(1);
  runner_.forget();
  EXPECT_EQ(delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot),
            CreateVolumeOutcome::Available);
  EXPECT_THAT(runner_.lines(), IsEmpty());
}

TEST_F(GatedVolumeDelegateTest, StartsNothingWhenAskedAgainWhileTheCopyRuns) {
  runner_.on("copy", gate_.answer());
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  gate_.waitUntilReached();
  EXPECT_EQ(delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot), CreateVolumeOutcome::Pending);
  EXPECT_EQ(copy().state, CopyState::Pending);
  EXPECT_THAT(runner_.lines(), ElementsAre("create vol-00000001 5", "copy snap-00000001 vol-00000001"));
}

TEST_F(GatedVolumeDelegateTest, RefusesToMakeAVolumeOfAnotherSnapshotWhileTheCopyRuns) {
  runner_.on("copy", gate_.answer());
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  for (const auto& other : {std::optional(SnapshotId("snap-00000002")), std::optional<SnapshotId>()}) {
    EXPECT_EQ(errorOf([&] { delegate().createVolume(doing("op-2"), kVolume, kSize, other); }).code(),
              ErrorCode::IncorrectState);
  }
}

TEST_F(GatedVolumeDelegateTest, EndsTheCopyBeforeItDeletesTheVolume) {
  runner_.on("copy", gate_.answer());
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  gate_.waitUntilReached();
  delegate().deleteVolume(undoing("op-1"), kVolume, kSize);
  EXPECT_THAT(runner_.lines(), ElementsAre("create vol-00000001 5", "copy snap-00000001 vol-00000001",
                                           "wipe vol-00000001", "remove vol-00000001"));
  EXPECT_EQ(copy().state, CopyState::Unknown);
}

TEST_F(GatedVolumeDelegateTest, DeletesNothingWhileTheCopyWillNotEnd) {
  settings_.patience = 1ms;
  std::latch isReached(1);
  std::latch letGo(1);
  runner_.on("copy", [&](const Command&) {
    isReached.count_down();
    letGo.wait();
    return FakeCommandRunner::exits(1);
  });
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  isReached.wait();
  runner_.forget();
  EXPECT_EQ(errorOf([&] { delegate().deleteVolume(doing("op-2"), kVolume, kSize); }).code(),
            ErrorCode::Timeout);
  EXPECT_THAT(runner_.lines(), IsEmpty());
  letGo.count_down();
  delegate().stop();
}

TEST_F(GatedVolumeDelegateTest, KeepsASnapshotThatIsBeingCopied) {
  runner_.on("copy", gate_.answer());
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  expectError(ErrorCode::IncorrectState, "snap-00000001 is being copied into vol-00000001",
              [&] { delegate().deleteSnapshot(doing("op-2"), kSnapshot, kOtherVolume, kSize); });
  gate_.open();
  listener_.waitFor(1);
  delegate().deleteSnapshot(doing("op-3"), kSnapshot, kOtherVolume, kSize);
}

TEST_F(GatedVolumeDelegateTest, EndsItsCopiesWhenItStops) {
  runner_.on("copy", gate_.answer());
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  gate_.waitUntilReached();
  delegate().stop();
  EXPECT_EQ(copy().state, CopyState::Pending) << "after the restart it is unknown, and started again";
  EXPECT_THAT(listener_.told(), IsEmpty());
}

TEST_F(GatedVolumeDelegateTest, TellsOfAllCopiesWhenNoneIsAskedFor) {
  runner_.on("copy", gate_.answer());
  delegate().createVolume(doing("op-1"), kVolume, kSize, kSnapshot);
  ASSERT_EQ(delegate().describeCopies(kRequest, {}).size(), 1U);
  EXPECT_EQ(delegate().describeCopies(kRequest, {})[0].volumeId, kVolume);
  const auto asked = delegate().describeCopies(kRequest, {kOtherVolume, kVolume});
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].state, CopyState::Unknown);
  EXPECT_EQ(asked[1].state, CopyState::Pending);
}

}  // namespace
}  // namespace vbs::volume_delegate
