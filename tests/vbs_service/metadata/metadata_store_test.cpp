#include "vbs_service/metadata/metadata_store.h"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <latch>
#include <set>
#include <thread>

#include "support/expect_error.h"
#include "vbs_service/metadata/connection.h"
#include "vbs_service/temporary_database.h"

namespace vbs::metadata {
namespace {

class MetadataStoreTest : public testing::Test {
protected:
  Volume insertVolume(VolumeStatus status = VolumeStatus::Available) {
    return store_.write([&](MetadataWriter& tx) { return insertVolume(tx, status); });
  }

  static Volume insertVolume(MetadataWriter& tx, VolumeStatus status,
                             const VolumeServerName& server = defaultVolumeServer()) {
    Volume volume{.volumeId = tx.newVolumeId(server),
                  .size = SizeGiB(3),
                  .comment = "data",
                  .snapshotId = std::nullopt,
                  .status = status,
                  .statusReason = std::nullopt,
                  .progressPercent = std::nullopt,
                  .createTime = tx.now(),
                  .attachment = std::nullopt};
    tx.insertVolume(volume);
    return volume;
  }

  Snapshot insertSnapshot(const VolumeId& of) {
    return store_.write([&](MetadataWriter& tx) {
      Snapshot snapshot{.snapshotId = tx.newSnapshotId(defaultVolumeServer()),
                        .volumeId = of,
                        .size = SizeGiB(3),
                        .comment = "before the upgrade",
                        .status = SnapshotStatus::Completed,
                        .statusReason = std::nullopt,
                        .progressPercent = std::nullopt,
                        .startTime = tx.now()};
      tx.insertSnapshot(snapshot);
      return snapshot;
    });
  }

  static NewAttachment attachmentOf(const VolumeId& volumeId, const std::string& device,
                                    std::optional<TargetId> targetId = std::nullopt) {
    NewAttachment attachment{.volumeId = volumeId,
                             .vmmHostname = VmmHostname("node1"),
                             .vmId = VmId("vm1"),
                             .vmDevice = VmDevice(device)};
    if (targetId) {
      attachment.target = TargetIdentity{*targetId, TargetName("iqn.2009-09.org.example:" + volumeId.str())};
    }
    return attachment;
  }

  Page<Volume> list(const std::vector<VolumeId>& ids = {}, std::optional<int> maxResults = std::nullopt,
                    const std::optional<std::string>& nextToken = std::nullopt) {
    return store_.read([&](const MetadataReader& tx) {
      return tx.describeVolumes({.ids = ids, .maxResults = maxResults, .nextToken = nextToken});
    });
  }

  static NewOperation operationOn(const std::string& resource, const std::string& id,
                                  const std::string& kind = "attachVolume") {
    return {
        .id = OperationId(id),
        .kind = kind,
        .resource = {SnapshotId::isValid(resource) ? ResourceKind::Snapshot : ResourceKind::Volume, resource},
        .step = "exportVolume",
        .context = "{}",
        .requestId = RequestId("request-1")};
  }

  TemporaryDatabase database_;
  MetadataStore store_{database_.file()};
};

TEST_F(MetadataStoreTest, AnswersAVolumeAsItWasWritten) {
  const Volume volume = insertVolume();
  EXPECT_EQ(store_.read([&](const MetadataReader& tx) { return tx.volume(volume.volumeId); }), volume);
}

TEST_F(MetadataStoreTest, AnswersASnapshotAsItWasWritten) {
  const Snapshot snapshot = insertSnapshot(insertVolume().volumeId);
  EXPECT_EQ(store_.read([&](const MetadataReader& tx) { return tx.snapshot(snapshot.snapshotId); }),
            snapshot);
}

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

TEST_F(MetadataStoreTest, MovesAVolumeOnlyFromTheStatusItIsIn) {
  const VolumeId id = insertVolume(VolumeStatus::InUse).volumeId;
  expectError(ErrorCode::IncorrectState, "is in-use, not available", [&] {
    store_.write(
        [&](MetadataWriter& tx) { tx.moveVolume(id, VolumeStatus::Available, VolumeStatus::Attaching); });
  });
  expectError(ErrorCode::VolumeNotFound, "vol-00000000", [&] {
    store_.write([&](MetadataWriter& tx) {
      tx.moveVolume(VolumeId("vol-00000000"), VolumeStatus::Available, VolumeStatus::Attaching);
    });
  });
}

TEST_F(MetadataStoreTest, AnIllegalTransitionIsAProgrammingError) {
  const VolumeId id = insertVolume(VolumeStatus::InUse).volumeId;
  expectError(ErrorCode::InternalError, "may not go from in-use to deleting", [&] {
    store_.write([&](MetadataWriter& tx) { tx.moveVolume(id, VolumeStatus::InUse, VolumeStatus::Deleting); });
  });
  expectError(ErrorCode::InternalError, "may not go away while in-use",
              [&] { store_.write([&](MetadataWriter& tx) { tx.eraseVolume(id, VolumeStatus::InUse); }); });
  EXPECT_EQ(list().records.at(0).status, VolumeStatus::InUse);
}

TEST_F(MetadataStoreTest, WhateverIsThrownRollsTheTransactionBack) {
  const VolumeId id = insertVolume().volumeId;
  EXPECT_THROW(store_.write([&](MetadataWriter& tx) {
    tx.moveVolume(id, VolumeStatus::Available, VolumeStatus::Attaching);
    throw std::runtime_error("step failed");
  }),
               std::runtime_error);
  EXPECT_EQ(list().records.at(0).status, VolumeStatus::Available);
}

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

TEST_F(MetadataStoreTest, RemembersHostsByTheirIdentity) {
  const VmmHostname node("node1");
  const DelegateId first("delegate-1");
  const DelegateId second("delegate-2");
  store_.write([&](MetadataWriter& tx) {
    EXPECT_EQ(tx.delegateIdOf(node), std::nullopt);
    tx.rememberHost(node, first);
    tx.rememberHost(VmmHostname("node2"), second);
  });
  EXPECT_THROW(store_.write([&](MetadataWriter& tx) { tx.rememberHost(node, second); }), Error);
  store_.write([&](MetadataWriter& tx) {
    EXPECT_EQ(tx.hostOf(first), node);
    tx.rememberHost(node, DelegateId("delegate-3"));
    EXPECT_EQ(tx.delegateIdOf(node), DelegateId("delegate-3"));
    tx.forgetHost(node);
    EXPECT_EQ(tx.knownHosts(), (std::map<VmmHostname, DelegateId>{{VmmHostname("node2"), second}}));
  });
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

TEST_F(MetadataStoreTest, AVolumeHasOneOwningOperationAtATime) {
  const std::string id = insertVolume().volumeId.str();
  store_.write([&](MetadataWriter& tx) { tx.openOperation(operationOn(id, "op-1")); });
  expectError(ErrorCode::IncorrectState, "another operation (attachVolume op-1)",
              [&] { store_.write([&](MetadataWriter& tx) { tx.openOperation(operationOn(id, "op-2")); }); });
  store_.write([&](MetadataWriter& tx) { tx.closeOperation(OperationId("op-1")); });
  EXPECT_NO_THROW(store_.write([&](MetadataWriter& tx) { tx.openOperation(operationOn(id, "op-2")); }));
}

TEST_F(MetadataStoreTest, CleaningALostHostGoesOnBesideOtherOperations) {
  const std::string id = insertVolume().volumeId.str();
  store_.write([&](MetadataWriter& tx) {
    for (const char* cleaning : {"op-1", "op-2"}) {
      NewOperation operation = operationOn(id, cleaning, "cleanHost");
      operation.isExclusive = false;
      tx.openOperation(operation);
    }
    EXPECT_FALSE(tx.operationOn(id));
    tx.openOperation(operationOn(id, "op-3"));
  });
  const auto owner = store_.read([&](const MetadataReader& tx) { return tx.operationOn(id); });
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->id, OperationId("op-3"));
}

TEST_F(MetadataStoreTest, AHostIsOwedACleaningAsLongAsItsOperationIsOpen) {
  const VolumeId id = insertVolume().volumeId;
  const HostCleaning forced{.operationId = OperationId("op-1"),
                            .volumeId = id,
                            .vmmHostname = VmmHostname("node1"),
                            .vmId = VmId("vm1"),
                            .vmDevice = VmDevice("xvdb")};
  const HostCleaning found{.operationId = OperationId("op-2"),
                           .volumeId = id,
                           .vmmHostname = VmmHostname("node2"),
                           .wasFound = true};
  store_.write([&](MetadataWriter& tx) {
    for (const HostCleaning& cleaning : {forced, found}) {
      NewOperation operation = operationOn(id.str(), cleaning.operationId.str(), "cleanHost");
      operation.isExclusive = false;
      tx.openOperation(operation);
      tx.oweCleaning(cleaning);
    }
  });
  const auto all = [&] { return store_.read([](const MetadataReader& tx) { return tx.hostCleanings(); }); };
  const auto at = [&](const char* host) {
    return store_.read([&](const MetadataReader& tx) { return tx.hostCleaningsAt(VmmHostname(host)); });
  };
  EXPECT_EQ(all(), (std::vector{forced, found}));
  EXPECT_EQ(at("node1"), std::vector{forced});
  EXPECT_EQ(at("node3"), std::vector<HostCleaning>{});
  store_.write([](MetadataWriter& tx) { tx.closeOperation(OperationId("op-1")); });
  EXPECT_EQ(all(), std::vector{found});
}

TEST_F(MetadataStoreTest, TheJournalKeepsHowFarAnOperationGotAcrossARestart) {
  const TemporaryDatabase database;
  std::string context;
  {
    MetadataStore store(database.file());
    store.write([&](MetadataWriter& tx) {
      const VolumeId id = insertVolume(tx, VolumeStatus::Attaching).volumeId;
      tx.insertAttachment(attachmentOf(id, "xvdb"));
      tx.openOperation(operationOn(id.str(), "op-1"));
      context = R"({"lun":1,"volumeId":")" + id.str() + R"("})";
      tx.recordStep(OperationId("op-1"), "attachVolume", context);
      tx.recordRollBack(OperationId("op-1"));
      tx.recordFailure(OperationId("op-1"), "host is away", context);
    });
  }
  MetadataStore store(database.file());
  const auto open = store.read([](const MetadataReader& tx) { return tx.openOperations(); });
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].state, OperationState::RollingBack);
  EXPECT_EQ(open[0].step, "attachVolume");
  EXPECT_EQ(open[0].context, context);
  EXPECT_EQ(open[0].attempts, 1);
  EXPECT_EQ(open[0].lastError, "host is away");
  EXPECT_EQ(open[0].requestId, RequestId("request-1"));
}

TEST_F(MetadataStoreTest, CopyingVolumesAreThePendingOnesThatNoOperationOwns) {
  const VolumeId copying = insertVolume(VolumeStatus::Pending).volumeId;
  const VolumeId beingCreated = insertVolume(VolumeStatus::Pending).volumeId;
  insertVolume(VolumeStatus::Available);
  store_.write(
      [&](MetadataWriter& tx) { tx.openOperation(operationOn(beingCreated.str(), "op-1", "createVolume")); });
  const auto volumes = store_.read([](const MetadataReader& tx) { return tx.copyingVolumes(); });
  ASSERT_EQ(volumes.size(), 1U);
  EXPECT_EQ(volumes[0].volumeId, copying);
}

TEST_F(MetadataStoreTest, AVolumeStaysAsLongAsASnapshotOfItDoes) {
  const VolumeId id = insertVolume(VolumeStatus::Deleting).volumeId;
  insertSnapshot(id);
  expectError(ErrorCode::InternalError, "FOREIGN KEY",
              [&] { store_.write([&](MetadataWriter& tx) { tx.eraseVolume(id, VolumeStatus::Deleting); }); });
}

TEST_F(MetadataStoreTest, KeepsWhatAClientTokenWasUsedForUntilItIsFreed) {
  const std::string id = insertVolume().volumeId.str();
  store_.write([&](MetadataWriter& tx) { tx.insertClientToken("createVolume", "t1", {"size=1", id}); });
  const auto use = [&](const char* operation) {
    return store_.read([&](const MetadataReader& tx) { return tx.findClientToken(operation, "t1"); });
  };
  ASSERT_TRUE(use("createVolume"));
  EXPECT_EQ(use("createVolume")->parameters, "size=1");
  EXPECT_EQ(use("createVolume")->resourceId, id);
  EXPECT_FALSE(use("createSnapshot"));
  store_.write([&](MetadataWriter& tx) { tx.eraseClientToken(id); });
  EXPECT_FALSE(use("createVolume"));
}

TEST_F(MetadataStoreTest, ReadersDoNotWaitForAWriter) {
  insertVolume();
  std::latch writing(1);
  std::latch readDone(1);
  std::thread writer([&] {
    store_.write([&](MetadataWriter& tx) {
      insertVolume(tx, VolumeStatus::Available);
      writing.count_down();
      readDone.wait();  // ends only because the reader below is not held up
    });
  });
  writing.wait();
  EXPECT_EQ(list().records.size(), 1U);  // not what is not committed yet
  readDone.count_down();
  writer.join();
  EXPECT_EQ(list().records.size(), 2U);
}

TEST_F(MetadataStoreTest, ConcurrentWritersLoseNothing) {
  constexpr int kThreads = 8;
  constexpr int kEach = 10;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kEach; ++n) {
        insertVolume();
        list({}, 5);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(list().records.size(), static_cast<std::size_t>(kThreads * kEach));
}

TEST_F(MetadataStoreTest, RefusesASecondServiceOnTheSameFile) {
  expectError(ErrorCode::InternalError, "in use by another VBS Service",
              [&] { MetadataStore second(database_.file()); });
}

TEST(MetadataStoreOpen, NamesAFileThatCannotBeOpened) {
  expectError(ErrorCode::InternalError, "/nonexistent-directory/vbs.db",
              [] { MetadataStore store("/nonexistent-directory/vbs.db"); });
}

TEST(MetadataStoreOpen, RefusesAFileThatIsNoDatabase) {
  const TemporaryDatabase database;
  std::ofstream(database.file()) << std::string(4096, 'x');
  expectError(ErrorCode::InternalError, "vbs.db: file is not a database",
              [&] { MetadataStore store(database.file()); });
}

/// Exits with 0 when a user who may only read `file` is told so on opening it. Root may write all files.
[[noreturn]] void openReadOnlyAsNobody(const std::filesystem::path& file) {
  constexpr uid_t kNobody = 65534;
  if (::geteuid() == 0 && ::setuid(kNobody) != 0) std::exit(2);
  try {
    MetadataStore store(file);
  } catch (const Error& error) {
    std::cerr << error.what();
    std::exit(0);
  }
  std::exit(1);
}

TEST(MetadataStoreOpen, RefusesAFileThatMayNotBeWritten) {
  using std::filesystem::perms;
  const TemporaryDatabase database;
  { const MetadataStore store(database.file()); }
  std::filesystem::permissions(database.file(), perms::owner_read | perms::group_read | perms::others_read);
  std::filesystem::permissions(database.file().string() + ".lock", perms::all);
  std::filesystem::permissions(database.file().parent_path(), perms::all);
  EXPECT_EXIT(openReadOnlyAsNobody(database.file()), testing::ExitedWithCode(0),
              "vbs.db: .*readonly database");
}

TEST(MetadataStoreOpen, LeavesADatabaseOfANewerProgramAsItIs) {
  const TemporaryDatabase database;
  { Connection(database.file(), Connection::Mode::ReadWrite).database().exec("PRAGMA user_version = 99"); }
  expectError(ErrorCode::InternalError, "newer program", [&] { MetadataStore store(database.file()); });
  Connection connection(database.file(), Connection::Mode::ReadWrite);
  EXPECT_EQ(connection.database().execAndGet("PRAGMA journal_mode").getString(), "delete");
}

/// Files of this process cannot grow past `bytes` as long as it lives: a disk that is full.
class FileSizeLimit {
public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(MetadataStoreTest, AFullDiskIsAnErrorAndTheTransactionIsUndone) {
  const VolumeId before = insertVolume().volumeId;
  {
    const FileSizeLimit full(262'144);
    const Error error = errorOf([&] {
      store_.write([&](MetadataWriter& tx) {
        const std::string id = insertVolume(tx, VolumeStatus::Available).volumeId.str();
        tx.insertClientToken("createVolume", "t", {std::string(4'000'000, 'x'), id});
      });
    });
    EXPECT_EQ(error.code(), ErrorCode::InternalError);
    EXPECT_THAT(error.what(), testing::HasSubstr(database_.file().string()));
    EXPECT_EQ(list().records.size(), 1U);
  }
  const VolumeId after = insertVolume().volumeId;
  EXPECT_EQ(list({before, after}).records.size(), 2U);
}

}  // namespace
}  // namespace vbs::metadata
