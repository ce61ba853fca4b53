#include <map>
#include <set>

#include "vbs_service/metadata/connection.h"
#include "vbs_service/metadata/version_fixture.h"
#include "vbs_service/service_under_test.h"
#include "vbs_service/workflows/resume.h"

namespace vbs::metadata {
namespace {

using std::chrono::seconds;

TEST(Versions, EachEarlierOneHasAFixture) {
  for (const int version : earlierVersions()) {
    EXPECT_TRUE(std::filesystem::exists(fixtureOf(version)))
        << "there is a migration from version " << version << " and no database to try it on: see fixtureOf";
  }
}

class Version : public testing::TestWithParam<int> {
protected:
  Version() { makeDatabaseOf(GetParam(), database_.file()); }

  TemporaryDatabase database_;
};

INSTANTIATE_TEST_SUITE_P(Earlier, Version, testing::ValuesIn(earlierVersions()),
                         [](const auto& param) { return std::to_string(param.param); });

TEST_P(Version, TheFixtureIsOfThatVersionAndFillsEveryTable) {
  Connection connection(database_.file(), Connection::Mode::ReadOnly);
  EXPECT_EQ(connection.database().execAndGet("PRAGMA user_version").getInt(), GetParam());
  Query tables = connection.query("SELECT name FROM sqlite_master WHERE type = 'table'");
  while (tables.next()) {
    const auto table = tables.get<std::string>("name");
    EXPECT_GT(connection.database().execAndGet("SELECT count(*) FROM " + table).getInt(), 0) << table;
  }
}

Time at(int second) {
  constexpr seconds kNewYear2026{1'767'225'600};
  return Time(kNewYear2026 + seconds(second));
}

VolumeId vol(const std::string& number) {
  return VolumeId("vol-0000000" + number);
}
SnapshotId snap(const std::string& number) {
  return SnapshotId("snap-0000000" + number);
}

std::optional<Volume> found(const std::vector<Volume>& volumes, const VolumeId& id) {
  for (const Volume& volume : volumes) {
    if (volume.volumeId == id) return volume;
  }
  return std::nullopt;
}

TEST_P(Version, ItsVolumesAreReadAsTheyWere) {
  MetadataStore store(database_.file());
  store.read([&](const MetadataReader& tx) {
    std::map<std::string, std::string> statuses;
    const std::vector<Volume> volumes = tx.describeVolumes({}).records;
    for (const Volume& volume : volumes) statuses[volume.volumeId.str()] = toString(volume.status);
    EXPECT_EQ(statuses, (std::map<std::string, std::string>{{"vol-00000001", "available"},
                                                            {"vol-00000002", "in-use"},
                                                            {"vol-00000003", "available"},
                                                            {"vol-00000004", "pending"},
                                                            {"vol-00000005", "error"},
                                                            {"vol-00000006", "pending"},
                                                            {"vol-00000007", "pending"},
                                                            {"vol-00000008", "attaching"},
                                                            {"vol-00000009", "detaching"},
                                                            {"vol-0000000a", "deleting"},
                                                            {"vol-0000000b", "detaching"},
                                                            {"vol-0000000c", "available"},
                                                            {"vol-0000000e", "in-use"}}));
    EXPECT_EQ(found(volumes, vol("1")), (Volume{.volumeId = vol("1"),
                                                .size = SizeGiB(10),
                                                .comment = "base image <&> äöü",
                                                .snapshotId = std::nullopt,
                                                .status = VolumeStatus::Available,
                                                .statusReason = std::nullopt,
                                                .progressPercent = std::nullopt,
                                                .createTime = at(1),
                                                .attachment = std::nullopt}));
    EXPECT_EQ(found(volumes, vol("5")),
              (Volume{.volumeId = vol("5"),
                      .size = SizeGiB(50),
                      .comment = "",
                      .snapshotId = snap("9"),
                      .status = VolumeStatus::Error,
                      .statusReason = "the copy from the snapshot failed: dd: exit code 1",
                      .progressPercent = std::nullopt,
                      .createTime = at(5),
                      .attachment = std::nullopt}));
  });
}

TEST_P(Version, ItsSnapshotsAndAttachmentsAreReadAsTheyWere) {
  MetadataStore store(database_.file());
  store.read([&](const MetadataReader& tx) {
    const std::vector<Snapshot> snapshots = tx.describeSnapshots({}).records;
    ASSERT_EQ(snapshots.size(), 3U);
    EXPECT_EQ(snapshots[0], (Snapshot{.snapshotId = snap("1"),
                                      .volumeId = vol("1"),
                                      .size = SizeGiB(10),
                                      .comment = "before the upgrade",
                                      .status = SnapshotStatus::Completed,
                                      .statusReason = std::nullopt,
                                      .progressPercent = std::nullopt,
                                      .startTime = at(21)}));
    EXPECT_EQ(snapshots[1].status, SnapshotStatus::Pending);
    EXPECT_EQ(snapshots[2].status, SnapshotStatus::Deleting);

    // Remembered from version 3 on.
    const std::optional<bool> isInVm = GetParam() < 3 ? std::nullopt : std::optional(true);
    const TargetName name("iqn.2009-09.org.example:vol-00000002");
    EXPECT_EQ(tx.findAttachment(vol("2")),
              (AttachmentRecord{.id = AttachmentId("att-00000002"),
                                .mode = AttachmentMode::ReadWrite,
                                .attachment = {.volumeId = vol("2"),
                                               .vmmHostname = VmmHostname("node1"),
                                               .vmId = VmId("vm1"),
                                               .vmDevice = VmDevice("xvdb"),
                                               .hostDevice = "/dev/disk/by-path/vol-00000002",
                                               .status = AttachmentStatus::Attached,
                                               .attachTime = at(52)},
                                .target = TargetIdentity{.targetId = TargetId(1), .targetName = name},
                                .exported = {.portal = Portal("127.0.0.1:3260"), .lun = Lun(1)},
                                .isInVm = isInVm}));
    EXPECT_EQ(tx.findAttachment(vol("8"))->attachment.status, AttachmentStatus::Attaching);
    EXPECT_EQ(tx.findAttachment(vol("8"))->target->targetId, TargetId(2));
    EXPECT_FALSE(tx.findAttachment(vol("e"))->target);
  });
}

TEST_P(Version, ItsJournalClientTokensAndIdsAreReadAsTheyWere) {
  MetadataStore store(database_.file());
  store.write([&](MetadataWriter& tx) {
    std::vector<std::string> kinds;
    for (const Operation& operation : tx.openOperations()) kinds.push_back(operation.kind);
    EXPECT_THAT(kinds, testing::ElementsAre("createVolume", "restartCopy", "attachVolume", "detachVolume",
                                            "deleteVolume", "forceDetach", "cleanHost", "createSnapshot",
                                            "deleteSnapshot", "restoreAttachment", "removeStrayTarget",
                                            "removeOrphanVolume", "removeOrphanSnapshot", "cleanHost"));
    // A kind that is missing here needs an operation in every_kind.sql.
    std::set<std::string> known;
    for (const OperationKind& kind : workflows::operationKinds()) known.emplace(kind.name);
    EXPECT_EQ(std::set<std::string>(kinds.begin(), kinds.end()), known);
    const Operation attach = tx.operationOn("vol-00000008").value();
    EXPECT_EQ(attach.state, OperationState::RollingBack);
    EXPECT_EQ(attach.step, "attachVolume");
    EXPECT_EQ(attach.requestId, RequestId("request-8"));
    EXPECT_EQ(attach.createdAt, at(108));
    EXPECT_EQ(attach.updatedAt, at(168));
    EXPECT_EQ(attach.attempts, 3);
    EXPECT_EQ(attach.lastError, tx.volume(vol("8")).statusReason);

    EXPECT_EQ(tx.findClientToken("createVolume", "token-1")->resourceId, "vol-00000001");
    EXPECT_EQ(tx.findClientToken("createVolume", "token-2")->resourceId, "vol-0000000d");
    EXPECT_EQ(tx.findClientToken("createSnapshot", "token-1")->parameters,
              R"({"comment":"before the upgrade","volumeId":"vol-00000001"})");

    EXPECT_EQ(tx.givenVolume(vol("e")), (GivenVolume{.size = SizeGiB(SizeGiB::kMax)}));
    EXPECT_TRUE(tx.givenVolume(vol("d")));
    EXPECT_FALSE(tx.givenVolume(vol("f")));
    EXPECT_EQ(tx.givenSnapshot(snap("2")), (GivenSnapshot{.size = SizeGiB(20), .volumeId = vol("2")}));
    EXPECT_TRUE(tx.givenSnapshot(snap("9")));
    EXPECT_EQ(tx.freeTargetId(defaultVolumeServer()), TargetId(4));
  });
}

TEST_P(Version, ItsOperationsOwnWhatTheyOwned) {
  MetadataStore store(database_.file());
  store.read([&](const MetadataReader& tx) {
    for (const Operation& operation : tx.openOperations()) {
      const bool isOfASnapshot = operation.resource.id.starts_with("snap-");
      EXPECT_EQ(operation.resource.kind, isOfASnapshot ? ResourceKind::Snapshot : ResourceKind::Volume);
      EXPECT_EQ(operation.isExclusive, operation.kind != "cleanHost") << operation.kind;
    }
    EXPECT_EQ(tx.operationOn("vol-00000002")->kind, "restoreAttachment");
    EXPECT_FALSE(tx.operationOn("vol-0000000c"));
    EXPECT_EQ(tx.hostCleanings(),
              (std::vector{HostCleaning{.operationId = OperationId("00000000-0000-4000-8000-00000000000c"),
                                        .volumeId = vol("c"),
                                        .vmmHostname = VmmHostname("node2"),
                                        .vmId = VmId("vm3"),
                                        .vmDevice = VmDevice("xvdc")},
                           HostCleaning{.operationId = OperationId("00000000-0000-4000-8000-000000000025"),
                                        .volumeId = vol("3"),
                                        .vmmHostname = VmmHostname("node1"),
                                        .wasFound = true}}));
    EXPECT_EQ(tx.hostCleaningsAt(VmmHostname("node1")).size(), 1U);
  });
}

TEST_P(Version, AllOfItIsOnTheDefaultVolumeServerAndTheAdministrators) {
  { const MetadataStore store(database_.file()); }
  Connection connection(database_.file(), Connection::Mode::ReadOnly);
  const auto count = [&](const std::string& rows) {
    return connection.database().execAndGet("SELECT count(*) FROM " + rows).getInt();
  };
  for (const std::string table : {"ids", "volumes", "snapshots", "attachments"}) {
    EXPECT_GT(count(table), 0) << table;
    EXPECT_EQ(count(table + " WHERE volume_server <> 'default'"), 0) << table;
  }
  for (const std::string table : {"volumes", "snapshots", "client_tokens"}) {
    EXPECT_EQ(count(table + " WHERE owner <> ''"), 0) << table;
  }
  EXPECT_EQ(count("attachments WHERE mode <> 'read-write'"), 0);
  EXPECT_EQ(
      count(
          "attachments a JOIN ids i ON i.id = a.id AND i.kind = 'attachment' AND i.volume_id = a.volume_id"),
      count("attachments"));
}

TEST_P(Version, ABackupOfItIsRestoredAndCountsAsOneUntilItIsAccepted) {
  {
    SQLite::Database backup(database_.file().string(), SQLite::OPEN_READWRITE);
    backup.execAndGet("PRAGMA journal_mode = DELETE");
    backup.exec("PRAGMA application_id = " + std::to_string(kBackupMark));
  }
  MetadataStore store(database_.file());
  EXPECT_TRUE(store.read([](const MetadataReader& tx) { return tx.isRestored(); }));
  EXPECT_EQ(store.read([](const MetadataReader& tx) { return tx.describeVolumes({}).records.size(); }), 13U);
  EXPECT_EQ(store.read([](const MetadataReader& tx) { return tx.openOperations().size(); }), 14U);
  store.write([](MetadataWriter& tx) { tx.acceptRestored(); });
  EXPECT_FALSE(store.read([](const MetadataReader& tx) { return tx.isRestored(); }));
}

TEST_P(Version, WhatIsListedGoesOnAfterTheLastSequenceNumberThatWasGiven) {
  {
    MetadataStore store(database_.file());
    store.write([](MetadataWriter& tx) {
      tx.insertVolume({.volumeId = tx.newVolumeId(defaultVolumeServer()),
                       .size = SizeGiB(1),
                       .comment = "new",
                       .snapshotId = std::nullopt,
                       .status = VolumeStatus::Available,
                       .statusReason = std::nullopt,
                       .progressPercent = std::nullopt,
                       .createTime = tx.now(),
                       .attachment = std::nullopt});
    });
  }
  Connection connection(database_.file(), Connection::Mode::ReadOnly);
  EXPECT_EQ(connection.database().execAndGet("SELECT max(seq) FROM volumes").getInt(), 16);
}

/// The real world at the moment when the service of the fixture ended.
class World {
public:
  World(ServiceUnderTest& service, const MetadataReader& tx) : service_(service), tx_(tx) {}

  void make() {
    makeVolumesAndSnapshots();
    for (const char* id : {"2", "8", "9", "e"}) attach(*service_.node1, vol(id));
    attach(*service_.node2, vol("b"));
    makeStrays();
  }

private:
  OperationContext context() { return doing("before-" + std::to_string(++operation_)); }

  void create(const VolumeId& id) {
    service_.volumes.createVolume(context(), id, tx_.volume(id).size, std::nullopt);
  }
  void copy(const VolumeId& id) {
    const Volume volume = tx_.volume(id);
    service_.volumes.createVolume(context(), id, volume.size, volume.snapshotId);
  }
  void makeVolumesAndSnapshots() {
    for (const char* id : {"1", "2", "8", "9", "a", "b", "c", "e"}) create(vol(id));
    for (const char* id : {"1", "9", "3"}) {
      service_.volumes.createSnapshot(context(), snap(id), vol("1"), SizeGiB(10));
    }
    for (const char* id : {"3", "5"}) copy(vol(id));
    service_.volumes.endAllCopies();  // what is left of snap("9") is an orphan
    service_.volumes.createVolume(context(), vol("d"), SizeGiB(130), std::nullopt);  // another one
    for (const char* id : {"4", "7"}) copy(vol(id));
  }
  void attach(FakeVmmDelegate& node, const VolumeId& id) {
    const AttachmentRecord record = tx_.findAttachment(id).value();
    service_.volumes.useTargets(record.target.has_value());
    VmAttachment attachment{.volumeId = id,
                            .targetName = std::nullopt,
                            .portal = std::nullopt,
                            .lun = std::nullopt,
                            .vmId = record.attachment.vmId,
                            .vmDevice = record.attachment.vmDevice,
                            .size = tx_.volume(id).size};
    const VolumeExport exported =
        service_.volumes.exportVolume(context(), id, record.target, record.attachment.vmmHostname);
    if (record.target) attachment.targetName = record.target->targetName;
    attachment.portal = exported.portal;
    attachment.lun = exported.lun;
    node.attachVolume(context(), attachment);
    service_.volumes.useTargets(true);
  }
  void makeStrays() {
    const TargetIdentity target{.targetId = TargetId(7),
                                .targetName = TargetName("iqn.2009-09.org.example:vol-00000001")};
    service_.volumes.exportVolume(context(), vol("1"), target, VmmHostname("node1"));
    service_.node2->attachVolume(context(), {.volumeId = vol("c"),
                                             .targetName = TargetName("iqn.2009-09.org.example:vol-0000000c"),
                                             .portal = Portal("127.0.0.1:3260"),
                                             .lun = Lun(1),
                                             .vmId = VmId("vm3"),
                                             .vmDevice = VmDevice("xvdc")});
  }

  ServiceUnderTest& service_;
  const MetadataReader& tx_;
  int operation_ = 0;
};

void makeWorld(ServiceUnderTest& service) {
  MetadataStore store(service.databaseFile());
  service.node1->identify(DelegateId("delegate-of-node1"));
  service.node2->identify(DelegateId("delegate-of-node2"));
  service.volumes.checkHolders(nullptr);  // a forced detach waits for no host
  store.read([&](const MetadataReader& tx) { World(service, tx).make(); });
}

TEST_P(Version, WhatItsServiceLeftOpenIsBroughtToItsEnd) {
  ServiceUnderTest service([](ServiceUnderTest& fresh) {
    makeDatabaseOf(GetParam(), fresh.databaseFile());
    makeWorld(fresh);
  });
  // Its journal does not tell what a host had before an attach, so what is in a VM is left to a person.
  std::optional<VolumeId> inDoubt;
  eventually([&] {
    for (const Volume& volume : service.allVolumes()) {
      const bool isLeft = volume.status == VolumeStatus::Attaching &&
                          volume.statusReason.value_or("").find("stays connected") != std::string::npos;
      if (isLeft) inDoubt = volume.volumeId;
    }
    return inDoubt.has_value();
  });
  EXPECT_TRUE(service.node1->holds(*inDoubt));
  service.detach(*inDoubt, true);
  eventually([&] {
    service.volumes.endAllCopies();
    if (!service.openOperations().empty()) return false;
    const auto volumes = service.allVolumes();
    return std::none_of(volumes.begin(), volumes.end(),
                        [](const Volume& volume) { return volume.status == VolumeStatus::Pending; });
  });
  service.expectWorldMatchesMetadata();
  std::map<std::string, std::string> statuses;
  for (const Volume& volume : service.allVolumes()) {
    statuses[volume.volumeId.str()] = toString(volume.status);
  }
  EXPECT_EQ(statuses, (std::map<std::string, std::string>{{"vol-00000001", "available"},
                                                          {"vol-00000002", "in-use"},
                                                          {"vol-00000003", "available"},
                                                          {"vol-00000004", "available"},
                                                          {"vol-00000005", "error"},
                                                          {"vol-00000007", "available"},
                                                          {"vol-00000008", "available"},
                                                          {"vol-00000009", "in-use"},
                                                          {"vol-0000000b", "available"},
                                                          {"vol-0000000c", "available"},
                                                          {"vol-0000000e", "in-use"}}));
}

}  // namespace
}  // namespace vbs::metadata
