#include "common/model/status.h"

#include <gtest/gtest.h>

namespace vbs {
namespace {

TEST(Status, EveryStatusIsFoundAgainByItsName) {
  for (int i = 0; i <= static_cast<int>(VolumeStatus::Error); ++i) {
    const auto status = static_cast<VolumeStatus>(i);
    EXPECT_EQ(parseVolumeStatus(toString(status)), status);
  }
  for (int i = 0; i <= static_cast<int>(SnapshotStatus::Error); ++i) {
    const auto status = static_cast<SnapshotStatus>(i);
    EXPECT_EQ(parseSnapshotStatus(toString(status)), status);
  }
  for (int i = 0; i <= static_cast<int>(AttachmentStatus::Detaching); ++i) {
    const auto status = static_cast<AttachmentStatus>(i);
    EXPECT_EQ(parseAttachmentStatus(toString(status)), status);
  }
  EXPECT_EQ(parseVolumeStatus("in_use"), std::nullopt);
  EXPECT_EQ(toString(VolumeStatus::Unknown), "unknown");
  EXPECT_EQ(parseVolumeStatus("unknown"), std::nullopt);
}

}  // namespace
}  // namespace vbs
