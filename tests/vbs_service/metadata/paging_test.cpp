#include "vbs_service/metadata/metadata_store_fixture.h"

namespace vbs::metadata {
namespace {

TEST_F(MetadataStoreTest, NamesTheUnknownVolumeAndSnapshot) {
  const Error volume = errorOf([&] { list({insertVolume().volumeId, VolumeId("vol-00000000")}); });
  EXPECT_EQ(volume.code(), ErrorCode::VolumeNotFound);
  EXPECT_EQ(volume.resource(), "vol-00000000");
  const Error snapshot = errorOf([&] {
    store_.read([&](const MetadataReader& tx) {
      return tx.describeSnapshots({.ids = {SnapshotId("snap-00000000")}, .maxResults = {}, .nextToken = {}});
    });
  });
  EXPECT_EQ(snapshot.code(), ErrorCode::SnapshotNotFound);
  EXPECT_EQ(snapshot.resource(), "snap-00000000");
}

TEST_F(MetadataStoreTest, AnswersTheIdsAskedForEachOnceInTheirOrder) {
  const VolumeId first = insertVolume().volumeId;
  const VolumeId second = insertVolume().volumeId;
  const auto page = list({second, first, second});
  ASSERT_EQ(page.records.size(), 2U);
  EXPECT_EQ(page.records[0].volumeId, second);
  EXPECT_EQ(page.records[1].volumeId, first);
  EXPECT_FALSE(page.nextToken);
}

TEST_F(MetadataStoreTest, RefusesIdsTogetherWithPaging) {
  const VolumeId id = insertVolume().volumeId;
  expectError(ErrorCode::InvalidParameter, "leave them out", [&] { list({id}, 1); });
  expectError(ErrorCode::InvalidParameter, "leave them out", [&] { list({id}, {}, "volumes-1"); });
}

TEST_F(MetadataStoreTest, RefusesPageSizesOutsideOneToThousand) {
  for (const int bad : {-1, 0, 1001}) {
    expectError(ErrorCode::InvalidParameter, "maxResults", [&] { list({}, bad); });
  }
  EXPECT_NO_THROW(list({}, 1));
  EXPECT_NO_THROW(list({}, 1000));
}

TEST_F(MetadataStoreTest, PagesCoverEveryVolumeOnceInTheOrderOfCreation) {
  std::vector<VolumeId> created;
  created.reserve(7);
  for (int i = 0; i < 7; ++i) created.push_back(insertVolume().volumeId);
  std::vector<VolumeId> listed;
  std::optional<std::string> token;
  int pages = 0;
  do {
    const auto page = list({}, 3, token);
    EXPECT_LE(page.records.size(), 3U);
    for (const Volume& volume : page.records) listed.push_back(volume.volumeId);
    token = page.nextToken;
    ++pages;
  } while (token);
  EXPECT_EQ(listed, created);
  EXPECT_EQ(pages, 3);
}

TEST_F(MetadataStoreTest, AFullLastPageHasNoNextToken) {
  for (int i = 0; i < 3; ++i) insertVolume();
  EXPECT_FALSE(list({}, 3).nextToken);
}

TEST_F(MetadataStoreTest, PagesStayRightWhileRowsComeAndGo) {
  std::vector<VolumeId> ids;
  ids.reserve(4);
  for (int i = 0; i < 4; ++i) ids.push_back(insertVolume(VolumeStatus::Deleting).volumeId);
  const auto first = list({}, 2);
  store_.write([&](MetadataWriter& tx) {
    tx.eraseVolume(ids[1], VolumeStatus::Deleting);  // the row that the token points at
    tx.eraseVolume(ids[3], VolumeStatus::Deleting);  // the newest
  });
  const VolumeId added = insertVolume().volumeId;
  const auto second = list({}, 2, first.nextToken);
  ASSERT_EQ(second.records.size(), 2U);
  EXPECT_EQ(second.records[0].volumeId, ids[2]);
  EXPECT_EQ(second.records[1].volumeId, added);
  EXPECT_FALSE(second.nextToken);
}

}  // namespace
}  // namespace vbs::metadata
