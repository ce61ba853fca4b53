#include "volume_delegate/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/error.h"

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

TEST(ExplainVolumeDelegate, ShowsBothWaysOfCreatingAVolume) {
  EXPECT_EQ(
      explainOperation(*patterns(), "createVolume", {}),
      "createVolume\n"
      "  volume.create       lvcreate -L 5G -n vol-0a1b2c3d vbs\n"
      "\n"
      "createVolume from a snapshot\n"
      "  volume.create       lvcreate -L 5G -n vol-0a1b2c3d vbs\n"
      "  volume.copy         dd if=/dev/vbs/snap-4e5f6a7b of=/dev/vbs/vol-0a1b2c3d    # in the background\n");
}

TEST(ExplainVolumeDelegate, ShowsTheCloneWhereTheStackCan) {
  const auto file = patterns("volume.clone = lvcreate -s -n <volumeId> <volumeGroup>/<snapshotId>\n");
  EXPECT_THAT(explainOperation(*file, "createVolume", {}),
              HasSubstr("createVolume from a snapshot\n"
                        "  volume.clone        lvcreate -s -n vol-0a1b2c3d vbs/snap-4e5f6a7b\n"));
}

TEST(ExplainVolumeDelegate, ShowsItWithTheValuesThatAreGiven) {
  command::Parameters given;
  given.set("volumeId", "vol-00000001").set("targetId", "3");
  EXPECT_EQ(explainOperation(*patterns(), "exportVolume", given),
            "exportVolume\n"
            "  target.create.1     ietadm --op new --tid=3 --params Name=iqn.2009-09.org.vbs:vol-0a1b2c3d\n"
            "  target.create.2     ietadm --op new --tid=3 --lun=1 --params Path=/dev/vbs/vol-00000001\n");
}

TEST(ExplainVolumeDelegate, PrefersTheConstantsOfTheFileToExamples) {
  EXPECT_THAT(explainOperation(*patterns("param.lun = 0\n"), "exportVolume", {}), HasSubstr(" --lun=0 "));
}

TEST(ExplainVolumeDelegate, ShowsWhatIsDoneAgainstALostHost) {
  const auto file = patterns("fence = tgtadm --op delete --tid <targetId> --host <vmmHostname>\n");
  EXPECT_EQ(explainOperation(*file, "unexportVolume", {}),
            "unexportVolume\n"
            "  target.delete       ietadm --op delete --tid=7\n"
            "\n"
            "unexportVolume from a lost host\n"
            "  fence               tgtadm --op delete --tid 7 --host node1\n"
            "  target.delete       ietadm --op delete --tid=7\n");
}

TEST(ExplainVolumeDelegate, SaysWhatIsSkipped) {
  EXPECT_EQ(explainOperation(*patterns(), "capacity", {}),
            "capacity\n  capacity            (no such key: skipped)\n");
}

TEST(ExplainVolumeDelegate, ListsTheOperationsWhenItKnowsNoneOfThatName) {
  try {
    explainOperation(*patterns(), "attachVolume", {});
    ADD_FAILURE() << "explained what the VMM Delegate does";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidParameter);
    EXPECT_THAT(error.what(), HasSubstr("createVolume, deleteVolume, createSnapshot, deleteSnapshot, "
                                        "exportVolume, unexportVolume, inventory, capacity"));
  }
}

}  // namespace
}  // namespace vbs::volume_delegate
