#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "volume_delegate/command_volume_delegate_fixture.h"

namespace vbs::volume_delegate {
namespace {

using command::Command;
using command::FakeCommandRunner;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(CommandVolumeDelegateTest, ListsWhatIsThere) {
  runner_.on("list-volumes", FakeCommandRunner::prints("root\nvol-00000002\nvol-00000001\n"));
  runner_.on("list-snapshots", FakeCommandRunner::prints("snap-00000001\n"));
  runner_.on("list-targets", FakeCommandRunner::prints("7 iqn.2009-09.org.example:vol-00000001\n"
                                                       "8 iqn.2009-09.org.example:backup\n"));
  const auto inventory = delegate().inventory(kRequest);
  EXPECT_THAT(inventory.volumes.items, ElementsAre(VolumeServerInventory::Volume{kVolume},
                                                   VolumeServerInventory::Volume{kOtherVolume}));
  EXPECT_THAT(inventory.snapshots.items, ElementsAre(VolumeServerInventory::Snapshot{kSnapshot}));
  ASSERT_EQ(inventory.targets.items.size(), 1U);
  EXPECT_EQ(inventory.targets.items[0].targetId, kTarget.targetId);
  EXPECT_EQ(inventory.targets.items[0].targetName, kTarget.targetName);
  EXPECT_FALSE(inventory.showsWhatTargetsServe);
  EXPECT_THAT(inventory.foreignTargetIds, ElementsAre(TargetId(8)));
}

TEST_F(CommandVolumeDelegateTest, KnowsNothingOfWhatItCannotList) {
  writePatterns(without(kPatterns, {"list.snapshots"}));
  runner_.on("list-volumes", FakeCommandRunner::exits(5, "no such volume group"));
  const auto inventory = delegate().inventory(kRequest);
  EXPECT_EQ(inventory.volumes.state, ListingState::Unknown);
  EXPECT_THAT(inventory.volumes.reason, HasSubstr("no such volume group"));
  EXPECT_EQ(inventory.snapshots.state, ListingState::Unknown);
  EXPECT_THAT(inventory.snapshots.reason, HasSubstr("has no list.snapshots"));
  EXPECT_EQ(inventory.targets.state, ListingState::Complete);
}

TEST_F(CommandVolumeDelegateTest, TellsWhatATargetServesWhereTheListingShowsIt) {
  writePatterns(without(kPatterns, {"list.targets"}) +
                "list.targets = list-targets\n"
                "list.targets.output = ^(?<targetId>\\d+) (?<targetName>\\S+)(?: (?<volumeId>\\S+))?$\n");
  runner_.on("list-targets", FakeCommandRunner::prints("7 iqn.2009-09.org.example:vol-00000001 vol-00000002\n"
                                                       "8 iqn.2009-09.org.example:vol-00000002\n"));
  const auto inventory = delegate().inventory(kRequest);
  EXPECT_TRUE(inventory.showsWhatTargetsServe);
  ASSERT_EQ(inventory.targets.items.size(), 2U);
  EXPECT_EQ(inventory.targets.items[0].volumeId, kOtherVolume);
  EXPECT_EQ(inventory.targets.items[1].volumeId, std::nullopt);
}

TEST_F(CommandVolumeDelegateTest, ListsNoTargetsWhereTheStackHasNone) {
  writePatterns(without(kPatterns, {"target.", "list.targets"}));
  EXPECT_THAT(delegate().inventory(kRequest).targets.items, IsEmpty());
}

TEST_F(CommandVolumeDelegateTest, TellsTheCapacity) {
  runner_.on("df", FakeCommandRunner::prints("total free\n1000 400\n"));
  const Capacity capacity = delegate().capacity(kRequest);
  EXPECT_EQ(capacity.totalBytes, 1000);
  EXPECT_EQ(capacity.freeBytes, 400);
}

}  // namespace
}  // namespace vbs::volume_delegate
