#include "volume_delegate/volume_server_listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/error.h"
#include "support/expect_error.h"

namespace vbs::volume_delegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Volume = VolumeServerInventory::Volume;
using Snapshot = VolumeServerInventory::Snapshot;
using Target = VolumeServerInventory::Target;

TEST(VolumeServerListing, LeavesOutNamesThatAreNoIdsOfOurs) {
  EXPECT_THAT(volumesIn({{{"volumeId", "root"}}, {{"volumeId", "vol-00000001"}}, {}}),
              ElementsAre(Volume{VolumeId("vol-00000001")}));
  EXPECT_THAT(snapshotIdsIn({{{"snapshotId", "vol-00000001"}}, {{"snapshotId", "snap-00000001"}}}),
              ElementsAre(SnapshotId("snap-00000001")));
}

TEST(VolumeServerListing, TellsTheDefectsOfSnapshots) {
  EXPECT_THAT(snapshotsIn({{{"snapshotId", "snap-00000002"}, {"defect", "snapshot invalid"}},
                           {{"snapshotId", "snap-00000001"}, {"defect", ""}},
                           {{"snapshotId", "snap-00000003"}},
                           {{"snapshotId", "snap-00000002"}},
                           {{"snapshotId", "root"}, {"defect", "snapshot invalid"}}}),
              ElementsAre(Snapshot{SnapshotId("snap-00000001")},
                          Snapshot{SnapshotId("snap-00000002"), "snapshot invalid"},
                          Snapshot{SnapshotId("snap-00000003")}));
}

TEST(VolumeServerListing, HasEachThingOnceAndInOrder) {
  EXPECT_THAT(
      volumesIn(
          {{{"volumeId", "vol-00000002"}}, {{"volumeId", "vol-00000001"}}, {{"volumeId", "vol-00000002"}}}),
      ElementsAre(Volume{VolumeId("vol-00000001")}, Volume{VolumeId("vol-00000002")}));
}

TEST(VolumeServerListing, TellsSizesAndOriginsWhereTheyAreShown) {
  EXPECT_THAT(volumesIn({{{"volumeId", "vol-00000001"}, {"sizeBytes", "1073741824"}},
                         {{"volumeId", "vol-00000002"}, {"sizeBytes", "1.00g"}}}),
              ElementsAre(Volume{VolumeId("vol-00000001"), 1LL << 30}, Volume{VolumeId("vol-00000002")}));
  EXPECT_THAT(
      snapshotsIn({{{"snapshotId", "snap-00000001"}, {"volumeId", "vol-00000001"}, {"sizeBytes", "7"}},
                   {{"snapshotId", "snap-00000002"}, {"volumeId", "root"}}}),
      ElementsAre(Snapshot{SnapshotId("snap-00000001"), std::nullopt, VolumeId("vol-00000001"), 7},
                  Snapshot{SnapshotId("snap-00000002")}));
}

TEST(VolumeServerListing, MakesOneTargetOfTheLinesThatAreAboutIt) {
  const TargetName name("iqn.2009-09.org.example:vol-00000001");
  EXPECT_THAT(targetsIn({{{"targetName", name.str()}, {"targetId", "7"}},
                         {{"targetName", name.str()}, {"volumeId", "vol-00000002"}}}),
              ElementsAre(Target{TargetId(7), name, VolumeId("vol-00000002")}));
}

TEST(VolumeServerListing, KnowsTheNumbersThatOthersHave) {
  EXPECT_THAT(foreignTargetIdsIn({{{"targetName", "iqn.2009-09.org.example:backup"}, {"targetId", "9"}},
                                  {{"targetName", "nonsense"}, {"targetId", "3"}},
                                  {{"targetName", "iqn.2009-09.org.example:vol-00000001"}, {"targetId", "7"}},
                                  {{"targetName", "iqn.2009-09.org.example:disk"}}}),
              ElementsAre(TargetId(3), TargetId(9)));
}

TEST(VolumeServerListing, KnowsTargetsWithAndWithoutNumbers) {
  const TargetName first("iqn.2009-09.org.example:vol-00000001");
  const TargetName second("iqn.2009-09.org.example:vol-00000002");
  EXPECT_THAT(targetsIn({{{"targetName", second.str()}, {"targetId", "7"}}, {{"targetName", first.str()}}}),
              ElementsAre(Target{std::nullopt, first}, Target{TargetId(7), second}));
}

TEST(VolumeServerListing, LeavesOutOthersTargets) {
  EXPECT_THAT(targetsIn({{{"targetName", "iqn.2009-09.org.example:backup"}}, {{"targetName", "nonsense"}}}),
              ElementsAre());
}

TEST(VolumeServerListing, KeepsATargetWhoseNumberIsNoneOfOurs) {
  const TargetName name("iqn.2009-09.org.example:vol-00000001");
  for (const char* number : {"0", "65536", "7x", "-1", "99999999999999999999"}) {
    EXPECT_THAT(targetsIn({{{"targetName", name.str()}, {"targetId", number}}}),
                ElementsAre(Target{std::nullopt, name}))
        << number;
  }
}

void expectCapacity(const std::vector<delegate::Record>& records, std::int64_t total, std::int64_t free) {
  const Capacity capacity = capacityIn(records);
  EXPECT_EQ(capacity.totalBytes, total);
  EXPECT_EQ(capacity.freeBytes, free);
}

TEST(VolumeServerListing, TellsTheCapacityFromAnyTwoOfItsThreeNumbers) {
  expectCapacity({{{"totalBytes", "100"}, {"freeBytes", "30"}}}, 100, 30);
  expectCapacity({{{"totalBytes", "100"}, {"usedBytes", "70"}}}, 100, 30);
  expectCapacity({{{"usedBytes", "70"}, {"freeBytes", "30"}}}, 100, 30);
}

TEST(VolumeServerListing, TakesWhatIsFreeFromTheListingEvenWhenSomeIsReserved) {
  expectCapacity({{{"totalBytes", "100"}, {"freeBytes", "25"}, {"usedBytes", "70"}}}, 100, 25);
}

TEST(VolumeServerListing, AddsUpTheCapacityOfSeveralLines) {
  expectCapacity({{{"totalBytes", "100"}, {"freeBytes", "30"}}, {{"totalBytes", "50"}, {"freeBytes", "5"}}},
                 150, 35);
  expectCapacity({{{"totalBytes", "100"}}, {{"freeBytes", "30"}}}, 100, 30);
}

TEST(VolumeServerListing, TellsTheCapacityOfAPoolFromItsTotalAndAPercentage) {
  expectCapacity({{{"totalBytes", "23135780864"}, {"usedPercent", "0.00"}}}, 23135780864, 23135780864);
  expectCapacity({{{"totalBytes", "1000"}, {"usedPercent", "12.34"}}}, 1000, 876);
  expectCapacity({{{"totalBytes", "9223372036854775807"}, {"usedPercent", "100"}}}, 9223372036854775807, 0);
  expectCapacity({{{"totalBytes", "100"}, {"freeBytes", "30"}, {"usedPercent", "1"}}}, 100, 30);
}

void expectNoCapacity(const std::vector<delegate::Record>& records, const std::string& why) {
  const Error error = errorOf([&] { capacityIn(records); });
  EXPECT_EQ(error.code(), ErrorCode::CommandFailed);
  EXPECT_EQ(error.command()->action, "capacity");
  EXPECT_THAT(error.what(), HasSubstr(why));
}

TEST(VolumeServerListing, RefusesNumbersThatMakeNoCapacity) {
  expectNoCapacity({}, "two of totalBytes, freeBytes and usedBytes");
  expectNoCapacity({{{"freeBytes", "30"}}}, "two of totalBytes, freeBytes and usedBytes");
  expectNoCapacity({{{"totalBytes", "1.5G"}, {"freeBytes", "30"}}}, "totalBytes is \"1.5G\"");
  expectNoCapacity({{{"totalBytes", "-5"}, {"freeBytes", "30"}}}, "totalBytes is \"-5\"");
  expectNoCapacity({{{"totalBytes", "10"}, {"freeBytes", "30"}}}, "more is free or used");
  expectNoCapacity({{{"totalBytes", "10"}, {"usedBytes", "30"}}}, "more is free or used");
  expectNoCapacity({{{"usedPercent", "30"}, {"usedBytes", "1"}}},
                   "two of totalBytes, freeBytes and usedBytes");
  for (const char* percent : {"100.1", "-1", "12,5", "nan", "1e1", "5%"}) {
    expectNoCapacity({{{"totalBytes", "10"}, {"usedPercent", percent}}}, "which is no percentage");
  }
  expectNoCapacity({{{"totalBytes", "10"}, {"usedPercent", "1"}}, {{"usedPercent", "2"}}}, "more than one");
  expectNoCapacity({{{"usedBytes", "9223372036854775807"}, {"freeBytes", "1"}}}, "too large");
}

}  // namespace
}  // namespace vbs::volume_delegate
