#include <set>

#include "vbs_service/metadata/metadata_store_fixture.h"

namespace vbs::metadata {
namespace {

TEST_F(MetadataStoreTest, AVolumeShowsItsAttachment) {
  const VolumeId id = insertVolume().volumeId;
  const NewAttachment attachment = attachmentOf(id, "xvdb", TargetId(1));
  const AttachmentId attachmentId = store_.write([&](MetadataWriter& tx) {
    const AttachmentId given = tx.insertAttachment(attachment);
    tx.moveAttachment(id, AttachmentStatus::Attaching, AttachmentStatus::Attached);
    tx.placeAttachment(id, {.portal = Portal("127.0.0.1:3260"), .lun = Lun(1)}, {"/dev/sdb", false},
                       tx.now());
    tx.markExport(id, true);
    return given;
  });
  const auto stored = store_.read([&](const MetadataReader& tx) { return tx.findAttachment(id); });
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->id, attachmentId);
  EXPECT_EQ(stored->mode, AttachmentMode::ReadWrite);
  EXPECT_EQ(stored->target, attachment.target);
  EXPECT_EQ(stored->exported, (VolumeExport{.portal = Portal("127.0.0.1:3260"), .lun = Lun(1)}));
  EXPECT_EQ(stored->attachment.hostDevice, "/dev/sdb");
  EXPECT_EQ(stored->isInVm, false);
  EXPECT_TRUE(stored->isExportUncertain);
  EXPECT_EQ(stored->attachment.status, AttachmentStatus::Attached);
  EXPECT_TRUE(stored->attachment.attachTime);
  EXPECT_EQ(list().records.at(0).attachment, stored->attachment);
}

TEST_F(MetadataStoreTest, ADeviceOfAVmHoldsOneVolumeAndTheRefusalNamesIt) {
  const VolumeId holder = insertVolume().volumeId;
  const VolumeId other = insertVolume().volumeId;
  store_.write([&](MetadataWriter& tx) { tx.insertAttachment(attachmentOf(holder, "xvdb")); });
  expectError(ErrorCode::DeviceInUse, holder.str(), [&] {
    store_.write([&](MetadataWriter& tx) { tx.insertAttachment(attachmentOf(other, "xvdb")); });
  });
  EXPECT_NO_THROW(
      store_.write([&](MetadataWriter& tx) { tx.insertAttachment(attachmentOf(other, "xvdc")); }));
}

TEST_F(MetadataStoreTest, AVolumeHasOneAttachment) {
  const VolumeId id = insertVolume().volumeId;
  store_.write([&](MetadataWriter& tx) { tx.insertAttachment(attachmentOf(id, "xvdb")); });
  expectError(ErrorCode::InternalError, "has an attachment already", [&] {
    store_.write([&](MetadataWriter& tx) {
      NewAttachment second = attachmentOf(id, "xvdc");
      second.vmmHostname = VmmHostname("node2");
      tx.insertAttachment(second);
    });
  });
}

TEST_F(MetadataStoreTest, EachAttachmentOfAVolumeHasAnIdOfItsOwn) {
  const VolumeId id = insertVolume().volumeId;
  const auto attach = [&] {
    return store_.write([&](MetadataWriter& tx) {
      AttachmentId given = tx.insertAttachment(attachmentOf(id, "xvdb"));
      tx.eraseAttachment(id, AttachmentStatus::Attaching);
      return given;
    });
  };
  const AttachmentId first = attach();
  EXPECT_NE(attach(), first);
}

TEST_F(MetadataStoreTest, TargetIdsAreThoseOfOneVolumeServer) {
  const VolumeServerName other("other");
  const VolumeId here = insertVolume().volumeId;
  const VolumeId there = store_.write(
      [&](MetadataWriter& tx) { return insertVolume(tx, VolumeStatus::Available, other).volumeId; });
  store_.write([&](MetadataWriter& tx) {
    tx.insertAttachment(attachmentOf(here, "xvdb", TargetId(1)));
    EXPECT_FALSE(tx.isTargetIdFree(defaultVolumeServer(), TargetId(1)));
    EXPECT_TRUE(tx.isTargetIdFree(other, TargetId(1)));
    EXPECT_EQ(tx.freeTargetId(other), TargetId(1));
    tx.insertAttachment(attachmentOf(there, "xvdc", TargetId(1)));
  });
  const VolumeId third = insertVolume().volumeId;
  EXPECT_THROW(store_.write([&](MetadataWriter& tx) {
    tx.insertAttachment(attachmentOf(third, "xvdd", TargetId(1)));
  }),
               Error);
}

TEST_F(MetadataStoreTest, GivesNoTargetIdThatSomebodyElseHas) {
  const auto free = [&](const std::set<TargetId>& taken) {
    return store_.write(
        [&](MetadataWriter& tx) { return tx.freeTargetId(defaultVolumeServer(), taken).number(); });
  };
  EXPECT_EQ(free({TargetId(1), TargetId(2), TargetId(4)}), 3);
  const VolumeId id = insertVolume().volumeId;
  store_.write([&](MetadataWriter& tx) { tx.insertAttachment(attachmentOf(id, "xvdb", TargetId(3))); });
  EXPECT_EQ(free({TargetId(1), TargetId(2), TargetId(4)}), 5);
  EXPECT_EQ(free({TargetId(2)}), 1);
  std::set<TargetId> all;
  for (int number = TargetId::kMin; number <= TargetId::kMax; ++number) all.emplace(number);
  expectError(ErrorCode::InsufficientCapacity, "all 65535", [&] { free(all); });
}

TEST_F(MetadataStoreTest, GivesTheLowestFreeTargetId) {
  const auto attachNext = [&](const std::string& device) {
    VolumeId id = insertVolume().volumeId;
    store_.write([&](MetadataWriter& tx) {
      tx.insertAttachment(attachmentOf(id, device, tx.freeTargetId(defaultVolumeServer())));
    });
    return id;
  };
  const auto free = [&] {
    return store_.write([](MetadataWriter& tx) { return tx.freeTargetId(defaultVolumeServer()).number(); });
  };
  EXPECT_EQ(free(), 1);
  const VolumeId first = attachNext("xvdb");
  const VolumeId second = attachNext("xvdc");
  attachNext("xvdd");
  EXPECT_EQ(free(), 4);
  store_.write([&](MetadataWriter& tx) { tx.eraseAttachment(second, AttachmentStatus::Attaching); });
  EXPECT_EQ(free(), 2);
  store_.write([&](MetadataWriter& tx) { tx.eraseAttachment(first, AttachmentStatus::Attaching); });
  EXPECT_EQ(free(), 1);
}

}  // namespace
}  // namespace vbs::metadata
