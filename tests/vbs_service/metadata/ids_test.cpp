#include <set>

#include "vbs_service/metadata/metadata_store_fixture.h"

namespace vbs::metadata {
namespace {

TEST(MetadataIds, ACollisionDrawsAnotherAndNoneIsGivenTwiceEvenAfterDeletion) {
  const TemporaryDatabase database;
  const std::vector<std::string> uuids{"a", "a", "a", "b", "a", "b", "c"};
  std::size_t drawn = 0;
  MetadataStore store(database.file(), {}, [&] { return uuids.at(drawn++); });
  const auto create = [&] {
    return store.write([](MetadataWriter& tx) {
      VolumeId id = tx.newVolumeId(defaultVolumeServer());
      tx.insertVolume({.volumeId = id,
                       .size = SizeGiB(1),
                       .comment = "",
                       .snapshotId = {},
                       .status = VolumeStatus::Deleting,
                       .statusReason = {},
                       .progressPercent = {},
                       .createTime = tx.now(),
                       .attachment = {}});
      return id;
    });
  };
  const VolumeId first = create();  // a
  store.write([&](MetadataWriter& tx) { tx.eraseVolume(first, VolumeStatus::Deleting); });
  const VolumeId second = create();  // a, a, b
  const VolumeId third = create();   // a, b, c
  EXPECT_EQ(std::set({first, second, third}).size(), 3U);
  EXPECT_EQ(drawn, uuids.size());
}

TEST(MetadataIds, NoneIsGivenThatTheVolumeServerHasAlready) {
  const TemporaryDatabase database;
  MetadataStore store(database.file(), {}, [] { return std::string("always"); });
  std::set<std::string> taken;
  expectError(ErrorCode::InternalError, "only", [&] {
    store.write([&](MetadataWriter& tx) {
      taken = {tx.newVolumeId(defaultVolumeServer()).str(), tx.newSnapshotId(defaultVolumeServer()).str()};
      throw Error(ErrorCode::InternalError, "only to see what is drawn");
    });
  });
  expectError(ErrorCode::InternalError, "no free volume id", [&] {
    store.write([&](MetadataWriter& tx) { tx.newVolumeId(defaultVolumeServer(), taken); });
  });
  expectError(ErrorCode::InternalError, "no free snapshot id", [&] {
    store.write([&](MetadataWriter& tx) { tx.newSnapshotId(defaultVolumeServer(), taken); });
  });
}

TEST(MetadataIds, ASourceThatOnlyRepeatsItselfIsReported) {
  const TemporaryDatabase database;
  MetadataStore store(database.file(), {}, [] { return std::string("always"); });
  store.write([](MetadataWriter& tx) { tx.newSnapshotId(defaultVolumeServer()); });
  expectError(ErrorCode::InternalError, "no free snapshot id",
              [&] { store.write([](MetadataWriter& tx) { tx.newSnapshotId(defaultVolumeServer()); }); });
}

TEST_F(MetadataStoreTest, RemembersWhatEveryIdWasGivenToAlsoWhenThatIsGone) {
  const VolumeId volume = insertVolume(VolumeStatus::Deleting).volumeId;
  const SnapshotId snapshot = insertSnapshot(volume).snapshotId;
  store_.write([&](MetadataWriter& tx) {
    tx.moveSnapshot(snapshot, SnapshotStatus::Completed, SnapshotStatus::Deleting);
    tx.eraseSnapshot(snapshot, SnapshotStatus::Deleting);
    tx.eraseVolume(volume, VolumeStatus::Deleting);
  });
  store_.read([&](const MetadataReader& tx) {
    EXPECT_EQ(tx.givenVolume(volume), (GivenVolume{.size = SizeGiB(3)}));
    EXPECT_EQ(tx.givenSnapshot(snapshot), (GivenSnapshot{.size = SizeGiB(3), .volumeId = volume}));
    EXPECT_FALSE(tx.givenVolume(VolumeId("vol-00000000")));
    EXPECT_FALSE(tx.givenSnapshot(SnapshotId("snap-00000000")));
  });
}

TEST_F(MetadataStoreTest, RemembersWithEachIdWhereItsVolumeIs) {
  const VolumeServerName other("other");
  const VolumeId here = insertVolume().volumeId;
  store_.write([&](MetadataWriter& tx) {
    const std::string there = insertVolume(tx, VolumeStatus::Available, other).volumeId.str();
    const VolumeId adopted("vol-0000000f");
    tx.keepId(adopted, other);
    EXPECT_EQ(tx.volumeServerOf(here.str()), defaultVolumeServer());
    EXPECT_EQ(tx.volumeServerOf(there), other);
    EXPECT_EQ(tx.volumeServerOf(adopted.str()), other);
    EXPECT_EQ(tx.volumeServerOf(tx.insertAttachment(attachmentOf(VolumeId(there), "xvdb")).str()), other);
  });
  expectError(ErrorCode::InternalError, "vol-00000000 was never given", [&] {
    store_.read([](const MetadataReader& tx) { return tx.volumeServerOf("vol-00000000"); });
  });
}

}  // namespace
}  // namespace vbs::metadata
