#include "qmp/block_devices.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vbs::qmp {
namespace {

using nlohmann::json;

// As QEMU 7.2 answers, shortened.
const json& nodes() {
  static const json kNodes = json::parse(R"([
    {"node-name": "vol-0a1b2c3d", "drv": "iscsi",
     "file": "json:{\"lun\": 1, \"portal\": \"127.0.0.1:3260\", \"driver\": \"iscsi\", \"initiator-name\": \"iqn.2009-09.org.vbs:host1\", \"target\": \"iqn.2009-09.org.vbs:vol-0a1b2c3d\"}"},
    {"node-name": "vol-00000001", "drv": "iscsi", "file": "iscsi://127.0.0.1:3260/iqn.2009-09.org.vbs:vol-00000001/1"},
    {"node-name": "#block123", "drv": "file", "file": "/root.img"}])");
  return kNodes;
}

TEST(BlockDevices, AreNodesNamedLikeVolumes) {
  const auto devices = readBlockDevices(json::array(), nodes());
  ASSERT_EQ(devices.size(), 2U);
  EXPECT_EQ(devices[0].volumeId, VolumeId("vol-0a1b2c3d"));
  EXPECT_EQ(devices[0].url, "iscsi://127.0.0.1:3260/iqn.2009-09.org.vbs:vol-0a1b2c3d/1");
  EXPECT_EQ(devices[1].url, "iscsi://127.0.0.1:3260/iqn.2009-09.org.vbs:vol-00000001/1");
}

TEST(BlockDevices, HaveNoVmDeviceUntilOneShowsThemToTheGuest) {
  const json blocks = json::parse(R"([
    {"device": "", "qdev": "vbs-sdb", "inserted": {"node-name": "vol-0a1b2c3d"}},
    {"device": "ide0", "qdev": "/machine/unattached/device[22]"}])");
  const auto devices = readBlockDevices(blocks, nodes());
  ASSERT_EQ(devices.size(), 2U);
  EXPECT_EQ(devices[0].vmDevice, VmDevice("sdb"));
  EXPECT_EQ(devices[1].vmDevice, std::nullopt);
}

TEST(BlockDevices, LeaveOutDevicesThatVbsDidNotName) {
  for (const std::string id : {"sdb", "/machine/peripheral/sdb/virtio-backend", "/machine/peripheral/"}) {
    const json blocks =
        json::array({{{"device", ""}, {"qdev", id}, {"inserted", {{"node-name", "vol-0a1b2c3d"}}}}});
    EXPECT_EQ(readBlockDevices(blocks, nodes())[0].vmDevice, std::nullopt) << id;
  }
}

TEST(BlockDevices, AreKnownByThePathToAPartOfThem) {
  const json blocks = json::parse(R"([{"device": "", "qdev": "/machine/peripheral/vbs-sdb/virtio-backend",
                                       "inserted": {"node-name": "vol-0a1b2c3d"}}])");
  EXPECT_EQ(readBlockDevices(blocks, nodes())[0].vmDevice, VmDevice("sdb"));
}

TEST(BlockDevices, TellTheInitiatorThatQemuLogsInBy) {
  const auto devices = readBlockDevices(json::array(), nodes());
  EXPECT_EQ(devices[0].initiatorName, TargetName("iqn.2009-09.org.vbs:host1"));
  EXPECT_EQ(devices[1].initiatorName, std::nullopt);
}

}  // namespace
}  // namespace vbs::qmp
