#include "vmm_delegate/vm_host_listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vbs::vmm_delegate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Session = VmHostInventory::Session;
using Device = VmHostInventory::Device;

const VolumeId kVolume("vol-00000001");
const TargetName kTarget("iqn.2009-09.org.example:vol-00000001");

TEST(VmHostListing, KnowsTheVolumeOfASessionByItsTarget) {
  EXPECT_THAT(sessionsIn({{{"targetName", kTarget.str()}}}), ElementsAre(Session{kTarget, kVolume}));
}

TEST(VmHostListing, KnowsSessionsThatHaveNoTarget) {
  EXPECT_THAT(sessionsIn({{{"volumeId", "vol-00000001"}}}), ElementsAre(Session{std::nullopt, kVolume}));
}

TEST(VmHostListing, KnowsTheWayOfASession) {
  EXPECT_THAT(
      sessionsIn({{{"targetName", kTarget.str()}, {"portal", "192.0.2.10:3260"}, {"lun", "0"}},
                  {{"targetName", kTarget.str()}, {"portal", "[2001:db8::1]:3260"}, {"lun", "255"}}}),
      testing::UnorderedElementsAre(Session{kTarget, kVolume, Portal("192.0.2.10:3260"), Lun(0)},
                                    Session{kTarget, kVolume, Portal("[2001:db8::1]:3260"), Lun(255)}));
}

TEST(VmHostListing, KeepsASessionWhoseWayIsUnreadable) {
  for (const std::string lun : {"", "-1", "256", "1x", "0x1", "99999999999999"}) {
    EXPECT_THAT(sessionsIn({{{"targetName", kTarget.str()}, {"portal", "nowhere"}, {"lun", lun}}}),
                ElementsAre(Session{kTarget, kVolume}))
        << lun;
  }
}

TEST(VmHostListing, LeavesOutOthersSessions) {
  EXPECT_THAT(sessionsIn({{{"targetName", "iqn.2009-09.org.example:backup"}},
                          {{"targetName", "nonsense"}},
                          {{"volumeId", "root"}},
                          {{"volumeId", ""}},
                          {{"portal", "192.0.2.10:3260"}, {"lun", "1"}},
                          {}}),
              IsEmpty());
}

TEST(VmHostListing, HasEachThingOnce) {
  EXPECT_THAT(sessionsIn({{{"targetName", kTarget.str()}}, {{"targetName", kTarget.str()}}}),
              ElementsAre(Session{kTarget, kVolume}));
}

TEST(VmHostListing, KnowsWhatIsShownOfADevice) {
  EXPECT_THAT(
      devicesIn(
          {{{"volumeId", "vol-00000001"}, {"vmId", "vm1"}, {"vmDev", "/dev/xvdb"}, {"vmmDev", "/dev/sdx"}},
           {{"targetName", kTarget.str()}, {"vmId", "vm2"}}}),
      testing::UnorderedElementsAre(Device{kVolume, VmId("vm1"), VmDevice("xvdb"), "/dev/sdx"},
                                    Device{kVolume, VmId("vm2"), std::nullopt, std::nullopt}));
}

TEST(VmHostListing, LeavesOutDevicesThatAreNoVolumesOfOurs) {
  EXPECT_THAT(devicesIn({{{"volumeId", "root"}, {"vmId", "vm1"}, {"vmDev", "xvda"}},
                         {{"targetName", "iqn.2009-09.org.example:backup"}, {"vmId", "vm1"}},
                         {{"vmId", "not a vm"}},
                         {}}),
              IsEmpty());
}

TEST(VmHostListing, KeepsADeviceWhoseNameInTheVmCannotBeOurs) {
  EXPECT_THAT(devicesIn({{{"volumeId", "vol-00000001"}, {"vmDev", "1:2"}}}),
              ElementsAre(Device{kVolume, std::nullopt, std::nullopt, std::nullopt}));
}

}  // namespace
}  // namespace vbs::vmm_delegate
