#include "common/delegate/listing.h"

#include <gtest/gtest.h>

namespace vbs::delegate {
namespace {

TEST(Listing, ShowsNothingForAGroupThatIsAbsentOrEmpty) {
  const Record record{{"volumeId", ""}};
  EXPECT_EQ(shown(record, "volumeId"), nullptr);
  EXPECT_EQ(shown(record, "targetName"), nullptr);
}

TEST(Listing, ShowsWellFormedIdsOnly) {
  EXPECT_EQ(shownAs<VolumeId>({{"volumeId", "vol-0a1b2c3d"}}, "volumeId"), VolumeId("vol-0a1b2c3d"));
  EXPECT_EQ(shownAs<VolumeId>({{"volumeId", "root"}}, "volumeId"), std::nullopt);
  EXPECT_EQ(shownAs<VolumeId>({}, "volumeId"), std::nullopt);
}

}  // namespace
}  // namespace vbs::delegate
