#include "simulation/world/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vbs::simulation {
namespace {

const std::string kVolume = "vol-00000001";
const std::string kTarget = "iqn.2009-09.org.vbs:vol-00000001";
const World::Place kPlace{"vm1", "xvdb"};

/// A volume that the service has shown as attached at host1.
class WorldTest : public testing::Test {
protected:
  WorldTest() {
    world_.createVolume(kVolume, 5);
    world_.createTarget(1, kTarget, kVolume, "host1");
    world_.connect("host1", kTarget, kVolume);
    world_.attach("host1", kVolume, kPlace);
    promises_.show(kVolume, {"host1", "vm1", "xvdb"});
  }

  auto isViolated(const std::string& how) { return testing::ElementsAre(testing::HasSubstr(how)); }

  std::vector<std::string> violations_;
  Promises promises_;
  World world_{promises_, [this](const std::string& what) { violations_.push_back(what); }};
};

TEST_F(WorldTest, LetsAVolumeBeTakenOnceItsDetachWasAskedFor) {
  promises_.beginDetach(kVolume);
  EXPECT_EQ(world_.detach("host1", kVolume, kPlace).exitCode, 0);
  EXPECT_EQ(world_.disconnect("host1", kTarget, kVolume).exitCode, 0);
  EXPECT_EQ(world_.deleteTarget(1, kTarget).exitCode, 0);
  EXPECT_EQ(world_.deleteVolume(kVolume).exitCode, 0);
  EXPECT_TRUE(violations_.empty());
}

TEST_F(WorldTest, SeesADeviceTakenFromAVm) {
  world_.detach("host1", kVolume, kPlace);
  EXPECT_THAT(violations_, isViolated("was taken from vm1 on host1"));
}

TEST_F(WorldTest, SeesASessionTakenFromUnderADevice) {
  promises_.beginDetach(kVolume);
  world_.disconnect("host1", kTarget, kVolume);
  EXPECT_THAT(violations_, isViolated("the session of host1"));
}

TEST_F(WorldTest, SeesAHostFencedWhoseVmHasTheVolume) {
  world_.fence(kTarget, "host1");
  EXPECT_THAT(violations_, isViolated("the host was fenced"));
}

TEST_F(WorldTest, SeesATargetRemovedThatAVmWillNeedAgain) {
  world_.loseHost("host1");
  world_.deleteTarget(1, kTarget);
  EXPECT_THAT(violations_, isViolated("its target was removed"));
}

TEST_F(WorldTest, RefusesToRemoveATargetThatIsInUse) {
  EXPECT_NE(world_.deleteTarget(1, kTarget).exitCode, 0);
  EXPECT_TRUE(violations_.empty());
}

TEST_F(WorldTest, SeesTwoVmsThatCanWrite) {
  promises_.beginDetach(kVolume);
  world_.fence(kTarget, "host1");
  world_.createTarget(1, kTarget, kVolume, "host2");
  world_.connect("host2", kTarget, kVolume);
  world_.attach("host2", kVolume, kPlace);
  EXPECT_TRUE(violations_.empty());
  world_.createTarget(1, kTarget, kVolume, "host1");  // the fenced VM's disk works again
  EXPECT_TRUE(violations_.empty());
  world_.loseTargets();
  EXPECT_FALSE(world_.write(kVolume, 1));
}

TEST_F(WorldTest, SeesACopyOverWhatAVmHas) {
  world_.createSnapshot("snap-00000001", kVolume);
  world_.beginCopy(kVolume, "snap-00000001");
  EXPECT_THAT(violations_, isViolated("a copy writes over"));
}

TEST_F(WorldTest, KeepsWhatVmsWrite) {
  EXPECT_TRUE(world_.write(kVolume, 7));
  world_.createSnapshot("snap-00000001", kVolume);
  EXPECT_TRUE(world_.write(kVolume, 8));
  EXPECT_EQ(world_.snapshots().at("snap-00000001").content, 7U);
  EXPECT_EQ(world_.volumes().at(kVolume).content, 8U);
}

}  // namespace
}  // namespace vbs::simulation
