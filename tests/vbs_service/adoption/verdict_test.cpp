#include "vbs_service/adoption/verdict.h"

#include "support/expect_error.h"

namespace vbs::adoption {
namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30;
const VolumeId kVolume("vol-0000000a");
const SnapshotId kSnapshot("snap-0000000a");

Evidence listedVolume() {
  Evidence evidence;
  evidence.isListed = true;
  evidence.sizeBytes = 7 * kGiB;
  return evidence;
}

Evidence listedSnapshot() {
  Evidence evidence = listedVolume();
  evidence.volumeId = kVolume;
  return evidence;
}

TEST(Verdict, TakesAVolumeWithItsSize) {
  EXPECT_EQ(requireAdoptable(kVolume, listedVolume()), SizeGiB(7));
}

TEST(Verdict, RefusesAListingThatIsNotComplete) {
  Evidence evidence = listedVolume();
  evidence.doubt = "list.volumes: lvs was ended after 60 s";
  expectError(ErrorCode::IncorrectState, "not known for certain: list.volumes: lvs was ended after 60 s",
              [&] { requireAdoptable(kVolume, evidence); });
  evidence = listedSnapshot();
  evidence.doubt = "list.snapshots: no";
  expectError(ErrorCode::IncorrectState, "not known for certain: list.snapshots: no",
              [&] { requireAdoptable(kSnapshot, evidence); });
}

TEST(Verdict, NamesTheKeyOfThePatternFileThatIsMissing) {
  Evidence evidence = listedVolume();
  evidence.sizeBytes.reset();
  const Error error = errorOf([&] { requireAdoptable(kVolume, evidence); });
  EXPECT_EQ(error.code(), ErrorCode::CommandFailed);
  EXPECT_EQ(error.command()->action, "list.volumes");
  EXPECT_STREQ(error.what(),
               "list.volumes does not tell the size of vol-0000000a: give its .output the group sizeBytes in "
               "the volume server's pattern file");
  evidence = listedSnapshot();
  evidence.volumeId.reset();
  expectError(ErrorCode::CommandFailed,
              "list.snapshots does not tell the volume of snap-0000000a: give its .output the group volumeId",
              [&] { requireAdoptable(kSnapshot, evidence); });
}

TEST(Verdict, RefusesASizeThatIsNoWholeNumberOfGiB) {
  Evidence evidence = listedVolume();
  evidence.sizeBytes = 7 * kGiB + 1;
  expectError(ErrorCode::IncorrectState,
              "has 7516192769 bytes, which is no whole number of GiB: enlarge it to 8 GiB",
              [&] { requireAdoptable(kVolume, evidence); });
}

TEST(Verdict, RefusesASizeThatNoVolumeHas) {
  Evidence evidence = listedVolume();
  evidence.sizeBytes = 0;
  expectError(ErrorCode::InvalidParameter, "", [&] { requireAdoptable(kVolume, evidence); });
}

TEST(Verdict, TakesASnapshotWhoseSizeIsNotListed) {
  Evidence evidence = listedSnapshot();
  evidence.sizeBytes.reset();
  EXPECT_EQ(requireAdoptable(kSnapshot, evidence), kVolume);
  EXPECT_NO_THROW(requireSizeOfVolume(kSnapshot, evidence, kVolume, SizeGiB(9)));
}

TEST(Verdict, RefusesASnapshotThatIsNotAsLargeAsItsVolume) {
  EXPECT_NO_THROW(requireSizeOfVolume(kSnapshot, listedSnapshot(), kVolume, SizeGiB(7)));
  expectError(ErrorCode::IncorrectState, "it is a snapshot of vol-0000000a, which has 9663676416",
              [&] { requireSizeOfVolume(kSnapshot, listedSnapshot(), kVolume, SizeGiB(9)); });
}

}  // namespace
}  // namespace vbs::adoption
