#include "common/model/target.h"

#include <gtest/gtest.h>

namespace vbs {
namespace {

TEST(TargetName, TellsItsVolumeByItsEnd) {
  EXPECT_EQ(volumeOf(TargetName("iqn.2009-09.org.example:a:vol-0a1b2c3d")), VolumeId("vol-0a1b2c3d"));
}

TEST(TargetName, OfOthersTellsNoVolume) {
  EXPECT_EQ(volumeOf(TargetName("iqn.2009-09.org.example:backup")), std::nullopt);
  EXPECT_EQ(volumeOf(TargetName("iqn.2009-09.org.example")), std::nullopt);
}

}  // namespace
}  // namespace vbs
