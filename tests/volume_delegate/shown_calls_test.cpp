#include "volume_delegate/shown_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/error.h"
#include "support/expect_error.h"
#include "support/shown_as_run.h"

namespace vbs::volume_delegate {
namespace {

using testing::HasSubstr;

std::shared_ptr<const command::CommandFile> patterns(const std::string& more = {}) {
  const auto checked = command::CommandFile::parse(R"(
param.portal = 192.0.2.99:3260
param.volumeGroup = vbs
volume.create = lvcreate -L <sizeGiB>G -n <volumeId> <volumeGroup>
volume.delete = lvremove <volumeGroup>/<volumeId>
volume.copy = dd if=/dev/<volumeGroup>/<snapshotId> of=/dev/<volumeGroup>/<volumeId>
snapshot.create = lvcreate -s -n <snapshotId> <volumeGroup>/<volumeId>
snapshot.delete = lvremove <volumeGroup>/<snapshotId>
target.create.1 = ietadm --op new --tid=<targetId> --params Name=<targetName>
target.create.2 = ietadm --op new --tid=<targetId> --lun=<lun> --params Path=/dev/<volumeGroup>/<volumeId>
target.delete = ietadm --op delete --tid=<targetId>
)" + more,
                                                   "commands.properties", command::Host::VolumeServer);
  EXPECT_TRUE(checked.file) << (checked.faults.empty() ? "" : toString(checked.faults[0]));
  return checked.file;
}

std::string show(const std::shared_ptr<const command::CommandFile>& file, std::string_view operation,
                 const command::Parameters& given) {
  return delegate::dryRun(shownCalls(), file, operation, given);
}

TEST(ShownVolumeDelegateCalls, ShowsBothWaysOfCreatingAVolume) {
  EXPECT_EQ(
      show(patterns(), "createVolume", {}),
      "createVolume\n"
      "  volume.create       lvcreate -L 5G -n vol-0a1b2c3d vbs\n"
      "\n"
      "createVolume from a snapshot\n"
      "  volume.create       lvcreate -L 5G -n vol-0a1b2c3d vbs\n"
      "  volume.copy         dd if=/dev/vbs/snap-4e5f6a7b of=/dev/vbs/vol-0a1b2c3d    # in the background\n");
}

TEST(ShownVolumeDelegateCalls, ShowsTheCloneWhereTheStackCan) {
  const auto file = patterns("volume.clone = lvcreate -s -n <volumeId> <volumeGroup>/<snapshotId>\n");
  EXPECT_THAT(show(file, "createVolume", {}),
              HasSubstr("createVolume from a snapshot\n"
                        "  volume.clone        lvcreate -s -n vol-0a1b2c3d vbs/snap-4e5f6a7b\n"));
}

TEST(ShownVolumeDelegateCalls, ShowsItWithTheValuesThatAreGiven) {
  command::Parameters given;
  given.set("volumeId", "vol-00000001").set("targetId", "3");
  EXPECT_EQ(show(patterns(), "exportVolume", given),
            "exportVolume\n"
            "  target.create.1     ietadm --op new --tid=3 --params Name=iqn.2009-09.org.vbs:vol-0a1b2c3d\n"
            "  target.create.2     ietadm --op new --tid=3 --lun=1 --params Path=/dev/vbs/vol-00000001\n");
}

TEST(ShownVolumeDelegateCalls, PrefersTheConstantsOfTheFileToExamples) {
  EXPECT_THAT(show(patterns("param.lun = 0\n"), "exportVolume", {}), HasSubstr(" --lun=0 "));
}

TEST(ShownVolumeDelegateCalls, ShowsWhatIsDoneAgainstALostHost) {
  const auto file = patterns("fence = tgtadm --op delete --tid <targetId> --host <vmmHostname>\n");
  EXPECT_EQ(show(file, "unexportVolume", {}),
            "unexportVolume\n"
            "  target.delete       ietadm --op delete --tid=7\n"
            "\n"
            "unexportVolume from a lost host\n"
            "  fence               tgtadm --op delete --tid 7 --host node1\n"
            "  target.delete       ietadm --op delete --tid=7\n");
}

TEST(ShownVolumeDelegateCalls, SaysWhatIsSkipped) {
  EXPECT_EQ(show(patterns(), "inventory", {}),
            "inventory\n"
            "  list.volumes        (no such key: skipped)\n"
            "  list.snapshots      (no such key: skipped)\n"
            "  list.targets        (no such key: skipped)\n");
}

TEST(ShownVolumeDelegateCalls, SaysWhatFailsForWantOfAKey) {
  EXPECT_EQ(show(patterns(), "capacity", {}),
            "capacity\n  (fails: the pattern file of this host has no capacity; give it that key)\n");
}

TEST(ShownVolumeDelegateCalls, ShowsTheCapacityAsItIsAskedFor) {
  const auto file = patterns("capacity = df\ncapacity.output = (?<totalBytes>\\d+) (?<freeBytes>\\d+)\n");
  EXPECT_EQ(show(file, "capacity", {}), "capacity\n  capacity            df\n");
}

TEST(ShownVolumeDelegateCalls, AreShownAsTheyAreRun) {
  const auto file = patterns(R"(
fence = cut-off <vmmHostname>
list.volumes = volumes
list.volumes.output = (?<volumeId>\S+)
list.snapshots = snapshots
list.snapshots.output = (?<snapshotId>\S+)
list.targets = targets
list.targets.output = (?<targetName>\S+)
capacity = df
capacity.output = (?<totalBytes>\d+) (?<freeBytes>\d+)
)");
  command::FakeCommandRunner runner;
  runner.on("df", command::FakeCommandRunner::prints("100 50\n"));
  support::expectShownAsRun(shownCalls(), file, runner);
}

TEST(ShownVolumeDelegateCalls, ListsTheOperationsWhenItKnowsNoneOfThatName) {
  expectError(ErrorCode::InvalidParameter,
              "createVolume, deleteVolume, createSnapshot, deleteSnapshot, "
              "exportVolume, unexportVolume, inventory, capacity",
              [&] { show(patterns(), "attachVolume", {}); });
}

}  // namespace
}  // namespace vbs::volume_delegate
