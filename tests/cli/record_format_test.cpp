#include "cli/record_format.h"

#include <gtest/gtest.h>

#include "records.h"

namespace vbs::cli {
namespace {

Volume hostileVolume() {
  Volume volume = availableVolume();
  volume.comment = "a\tb\n\\\x1b[31mé\u009b\xe2\x80";
  volume.comment += "\xae\xff";  // with the former two bytes U+202E, which turns the direction of writing
  return volume;
}

TEST(TableFormat, ShowsVolumes) {
  EXPECT_EQ(
      makeTableFormat({})->all({availableVolume(), volumeInUse()}),
      "VOLUME            SIZE  STATUS     SNAPSHOT       CREATED               ATTACHED TO      COMMENT\n"
      "vol-0a1b2c3d    10 GiB  available                 2009-12-09T10:00:00Z                   data of the "
      "wiki\n"
      "vol-9e8f7a6b  1024 GiB  in-use     snap-00000001  2009-12-09T10:00:00Z  node7 web1 xvdb\n");
}

TEST(TableFormat, ShowsProgressAndReasons) {
  EXPECT_EQ(
      makeTableFormat({})->all({pendingVolume(), brokenVolume()}),
      "VOLUME          SIZE  STATUS       SNAPSHOT       CREATED               COMMENT           REASON\n"
      "vol-0a1b2c3d  10 GiB  pending 42%  snap-00000001  2009-12-09T10:00:00Z  data of the wiki\n"
      "vol-0a1b2c3d  10 GiB  error        snap-00000001  2009-12-09T10:00:00Z  data of the wiki  the copy "
      "failed: no "
      "space left\n");
}

TEST(TableFormat, FitsATerminalByCuttingComments) {
  EXPECT_EQ(makeTableFormat(70)->one(availableVolume()),
            "VOLUME          SIZE  STATUS     CREATED               COMMENT\n"
            "vol-0a1b2c3d  10 GiB  available  2009-12-09T10:00:00Z  data of the wi…\n");
}

TEST(TableFormat, ShowsSnapshots) {
  EXPECT_EQ(makeTableFormat({})->one(completedSnapshot()),
            "SNAPSHOT       VOLUME          SIZE  STATUS     STARTED               COMMENT\n"
            "snap-00000001  vol-0a1b2c3d  10 GiB  completed  2009-12-09T10:00:00Z  before the upgrade\n");
}

TEST(TableFormat, ShowsAnAttachment) {
  EXPECT_EQ(makeTableFormat({})->one(attachment()),
            "VOLUME        VMM HOSTNAME  VM    DEVICE  STATUS    ATTACHED              HOST DEVICE\n"
            "vol-9e8f7a6b  node7         web1  xvdb    attached  2009-12-09T10:01:01Z  /dev/sdc\n");
}

TEST(TableFormat, SaysWhenThereIsNothing) {
  EXPECT_EQ(makeTableFormat({})->all(std::vector<Volume>{}), "No volumes.\n");
  EXPECT_EQ(makeTableFormat({})->all(std::vector<Snapshot>{}), "No snapshots.\n");
}

TEST(TableFormat, SaysWhatWasDeleted) {
  EXPECT_EQ(makeTableFormat({})->deleted(VolumeId("vol-0a1b2c3d")), "vol-0a1b2c3d deleted\n");
  EXPECT_EQ(makeTableFormat({})->deleted(SnapshotId("snap-00000001")), "snap-00000001 deleted\n");
}

TEST(TableFormat, ShowsOpenOperations) {
  EXPECT_EQ(
      makeTableFormat({})->all({stuckOperation(), youngOperation()}),
      "OPERATION      KIND            RESOURCE       DESCRIPTION     STATE         STEP            "
      "ATTEMPTS  CREATED               UPDATED               LAST ERROR\n"
      "5c1e3f7a-0001  attachVolume    vol-0a1b2c3d   being attached  rolling-back  exportVolume          17  "
      "2009-12-09T10:00:00Z  2009-12-09T10:01:01Z  the volume server does not answer\n"
      "77aa           deleteSnapshot  snap-00000001                  running       deleteSnapshot         0  "
      "2009-12-09T10:00:00Z  2009-12-09T10:00:00Z\n");
  EXPECT_EQ(makeTableFormat({})->all(std::vector<OpenOperation>{}), "No open operations.\n");
}

TEST(TableFormat, ShowsWhatReconcilingFoundAndItsSum) {
  EXPECT_EQ(makeTableFormat({})->one(mixedReport()),
            "KIND            RESOURCE      WHERE          OUTCOME   DESCRIPTION\n"
            "missing-target  vol-9e8f7a6b  volume server  repaired  iqn.2009-09.org.vbs:vol-9e8f7a6b was not "
            "exported\n"
            "stray-device    vol-0a1b2c3d  node7          failed    VM web1 has it as xvdb\n"
            "2 drifts: 1 repaired, 1 failed. Since the service started: 7 seen, 5 repaired.\n");
}

TEST(TableFormat, FitsDriftsIntoATerminal) {
  EXPECT_EQ(makeTableFormat(68)->one(ReconcileReport{{missingTarget()}, {}, 1, 1}),
            "KIND            RESOURCE      WHERE          OUTCOME   DESCRIPTION\n"
            "missing-target  vol-9e8f7a6b  volume server  repaired  iqn.2009-09.…\n"
            "1 drift: 1 repaired. Since the service started: 1 seen, 1 repaired.\n");
}

TEST(TableFormat, SaysThereIsNoDriftOnlyOfWhatWasLookedAt) {
  EXPECT_EQ(makeTableFormat({})->one(ReconcileReport{{}, {}, 3, 3}),
            "No drift. Since the service started: 3 seen, 3 repaired.\n");
  EXPECT_EQ(makeTableFormat({})->one(ReconcileReport{{}, {"VM host node8: no answer"}, 0, 0}),
            "No drift in the parts that answered. Since the service started: 0 seen, 0 repaired.\n");
}

TEST(TableFormat, ShowsHowFullTheVolumeServerIs) {
  EXPECT_EQ(
      makeTableFormat({})->one(fullCapacity()),
      "   TOTAL     FREE  USED  VOLUMES   LIMIT  SNAPSHOTS  SEEN                  REASON\n"
      "24.0 GiB  3.0 GiB   88%   20 GiB  36 GiB     10 GiB  2009-12-09T10:00:00Z  connection refused\n");
}

TEST(TableFormat, ShowsThatACapacityIsNotKnown) {
  EXPECT_EQ(makeTableFormat({})->one(unknownCapacity()),
            "  TOTAL     FREE  USED  VOLUMES    LIMIT  SNAPSHOTS  SEEN   REASON\n"
            "unknown  unknown          0 GiB  unknown      0 GiB  never  no capacity\n");
}

TEST(TableFormat, TellsNoLimitFromOneThatIsNotKnown) {
  CapacityReport report = fullCapacity();
  report.reason.reset();
  report.overcommit = "unlimited";
  report.limitGiB.reset();
  EXPECT_EQ(makeTableFormat({})->one(report),
            "   TOTAL     FREE  USED  VOLUMES  LIMIT  SNAPSHOTS  SEEN\n"
            "24.0 GiB  3.0 GiB   88%   20 GiB   none     10 GiB  2009-12-09T10:00:00Z\n");
}

TEST(TextFormat, ShowsACapacityInOneLine) {
  EXPECT_EQ(makeTextFormat()->one(fullCapacity()),
            "CAPACITY\t25769803776\t3221225472\t20\t10\t36\t1.5\t2009-12-09T10:00:00Z\tconnection refused\n");
  EXPECT_EQ(makeTextFormat()->one(unknownCapacity()), "CAPACITY\t\t\t0\t0\t\t1\t\tno capacity\n");
}

TEST(JsonFormat, ShowsACapacityWithTheFieldsOfTheContract) {
  EXPECT_EQ(makeJsonFormat()->one(fullCapacity()), R"({
  "seen": {
    "totalBytes": 25769803776,
    "freeBytes": 3221225472,
    "time": "2009-12-09T10:00:00Z"
  },
  "reason": "connection refused",
  "volumesGiB": 20,
  "snapshotsGiB": 10,
  "overcommit": "1.5",
  "limitGiB": 36
}
)");
  EXPECT_EQ(makeJsonFormat()->one(unknownCapacity()), R"({
  "reason": "no capacity",
  "volumesGiB": 0,
  "snapshotsGiB": 0,
  "overcommit": "1"
}
)");
}

TEST(TableFormat, SaysWhereTheBackupIs) {
  EXPECT_EQ(makeTableFormat({})->one(Backup{"/var/backups/vbs/a.db", 40960}),
            "/var/backups/vbs/a.db written, 40960 bytes\n");
  EXPECT_EQ(makeTableFormat({})->one(Backup{"/b/\x1b[2J", 0}), "/b/\\u001b[2J written, 0 bytes\n");
}

TEST(TableFormat, NeverLetsACommentSteerTheTerminal) {
  EXPECT_EQ(makeTableFormat({})->one(hostileVolume()),
            "VOLUME          SIZE  STATUS     CREATED               COMMENT\n"
            "vol-0a1b2c3d  10 GiB  available  2009-12-09T10:00:00Z  "
            "a\\tb\\n\\\\u001b[31mé\\u009b\\u202e\\xff\n");
}

TEST(TextFormat, HasOneRecordALine) {
  const auto format = makeTextFormat();
  EXPECT_EQ(format->all({availableVolume(), volumeInUse()}),
            "VOLUME\tvol-0a1b2c3d\t10\t\tavailable\t2009-12-09T10:00:00Z\t\tdata of the wiki\t\n"
            "VOLUME\tvol-9e8f7a6b\t1024\tsnap-00000001\tin-use\t2009-12-09T10:00:00Z\t\t\t\n"
            "ATTACHMENT\tvol-9e8f7a6b\tweb1\txvdb\tattached\t2009-12-09T10:01:01Z\tnode7\t/dev/sdc\n");
  EXPECT_EQ(
      format->all({pendingVolume(), brokenVolume()}),
      "VOLUME\tvol-0a1b2c3d\t10\tsnap-00000001\tpending\t2009-12-09T10:00:00Z\t42%\tdata of the wiki\t\n"
      "VOLUME\tvol-0a1b2c3d\t10\tsnap-00000001\terror\t2009-12-09T10:00:00Z\t\tdata of the wiki\t"
      "the copy failed: no space left\n");
  EXPECT_EQ(
      format->one(completedSnapshot()),
      "SNAPSHOT\tsnap-00000001\tvol-0a1b2c3d\tcompleted\t2009-12-09T10:00:00Z\t\t10\tbefore the upgrade\t\n");
  EXPECT_EQ(format->deleted(VolumeId("vol-0a1b2c3d")), "VOLUME\tvol-0a1b2c3d\n");
  EXPECT_EQ(format->deleted(SnapshotId("snap-00000001")), "SNAPSHOT\tsnap-00000001\n");
}

TEST(TextFormat, HasOneOperationOrDriftALine) {
  const auto format = makeTextFormat();
  EXPECT_EQ(format->all({stuckOperation(), youngOperation()}),
            "OPERATION\t5c1e3f7a-0001\tattachVolume\tvol-0a1b2c3d\trolling-back\texportVolume\t17\t"
            "2009-12-09T10:00:00Z\t2009-12-09T10:01:01Z\t9f3b-42\tthe volume server does not answer\n"
            "OPERATION\t77aa\tdeleteSnapshot\tsnap-00000001\trunning\tdeleteSnapshot\t0\t"
            "2009-12-09T10:00:00Z\t2009-12-09T10:00:00Z\t9f3b-43\t\n");
  EXPECT_EQ(format->all(std::vector<OpenOperation>{}), "");
  EXPECT_EQ(format->one(mixedReport()),
            "DRIFT\tmissing-target\tvol-9e8f7a6b\t\trepaired\t2009-12-09T10:00:00Z\t"
            "iqn.2009-09.org.vbs:vol-9e8f7a6b was not exported\n"
            "DRIFT\tstray-device\tvol-0a1b2c3d\tnode7\tfailed\t2009-12-09T10:00:00Z\tVM web1 has it as "
            "xvdb\n"
            "UNREACHABLE\tVM host node8: no answer\n"
            "DRIFTS\t7\t5\n");
  EXPECT_EQ(format->one(Backup{"/b/two\nlines", 40960}), "BACKUP\t/b/two\\nlines\t40960\n");
}

TEST(TextFormat, LeavesUnknownFieldsEmpty) {
  Attachment attaching = attachment();
  attaching.status = AttachmentStatus::Attaching;
  attaching.hostDevice.reset();
  attaching.attachTime.reset();
  EXPECT_EQ(makeTextFormat()->one(attaching), "ATTACHMENT\tvol-9e8f7a6b\tweb1\txvdb\tattaching\t\tnode7\t\n");
}

TEST(TextFormat, WritesNothingForAnEmptyListing) {
  EXPECT_EQ(makeTextFormat()->all(std::vector<Volume>{}), "");
}

TEST(TextFormat, EscapesTabsLineFeedsAndBackslashes) {
  EXPECT_EQ(makeTextFormat()->one(hostileVolume()),
            "VOLUME\tvol-0a1b2c3d\t10\t\tavailable\t2009-12-09T10:00:00Z\t\t"
            "a\\tb\\n\\\\\\u001b[31mé\\u009b\\u202e\\xff\t\n");
}

TEST(JsonFormat, HasTheContractsFieldNames) {
  const auto format = makeJsonFormat();
  EXPECT_EQ(format->one(volumeInUse()), R"({
  "volumeId": "vol-9e8f7a6b",
  "sizeGiB": 1024,
  "comment": "",
  "snapshotId": "snap-00000001",
  "status": "in-use",
  "createTime": "2009-12-09T10:00:00Z",
  "attachment": {
    "volumeId": "vol-9e8f7a6b",
    "vmmHostname": "node7",
    "vmId": "web1",
    "vmDevice": "xvdb",
    "hostDevice": "/dev/sdc",
    "status": "attached",
    "attachTime": "2009-12-09T10:01:01Z"
  }
}
)");
  EXPECT_EQ(format->one(completedSnapshot()), R"({
  "snapshotId": "snap-00000001",
  "volumeId": "vol-0a1b2c3d",
  "sizeGiB": 10,
  "comment": "before the upgrade",
  "status": "completed",
  "startTime": "2009-12-09T10:00:00Z"
}
)");
  EXPECT_EQ(format->one(brokenVolume()), R"({
  "volumeId": "vol-0a1b2c3d",
  "sizeGiB": 10,
  "comment": "data of the wiki",
  "snapshotId": "snap-00000001",
  "status": "error",
  "statusReason": "the copy failed: no space left",
  "createTime": "2009-12-09T10:00:00Z"
}
)");
  EXPECT_EQ(format->deleted(VolumeId("vol-0a1b2c3d")), "{\n  \"volumeId\": \"vol-0a1b2c3d\"\n}\n");
  EXPECT_EQ(format->deleted(SnapshotId("snap-00000001")), "{\n  \"snapshotId\": \"snap-00000001\"\n}\n");
}

TEST(JsonFormat, WrapsListings) {
  EXPECT_EQ(makeJsonFormat()->all({pendingVolume()}), R"({
  "volumes": [
    {
      "volumeId": "vol-0a1b2c3d",
      "sizeGiB": 10,
      "comment": "data of the wiki",
      "snapshotId": "snap-00000001",
      "status": "pending",
      "progressPercent": 42,
      "createTime": "2009-12-09T10:00:00Z"
    }
  ]
}
)");
  EXPECT_EQ(makeJsonFormat()->all(std::vector<Volume>{}), "{\n  \"volumes\": []\n}\n");
  EXPECT_EQ(makeJsonFormat()->all(std::vector<Snapshot>{}), "{\n  \"snapshots\": []\n}\n");
}

TEST(JsonFormat, HasTheAdminContractsFieldNames) {
  const auto format = makeJsonFormat();
  EXPECT_EQ(format->all(std::vector{stuckOperation()}), R"({
  "operations": [
    {
      "operationId": "5c1e3f7a-0001",
      "kind": "attachVolume",
      "resourceId": "vol-0a1b2c3d",
      "state": "rolling-back",
      "step": "exportVolume",
      "requestId": "9f3b-42",
      "createTime": "2009-12-09T10:00:00Z",
      "updateTime": "2009-12-09T10:01:01Z",
      "attempts": 17,
      "lastError": "the volume server does not answer",
      "description": "being attached"
    }
  ]
}
)");
  EXPECT_EQ(format->all(std::vector<OpenOperation>{}), "{\n  \"operations\": []\n}\n");
  EXPECT_EQ(format->one(mixedReport()), R"({
  "drifts": [
    {
      "kind": "missing-target",
      "resourceId": "vol-9e8f7a6b",
      "description": "iqn.2009-09.org.vbs:vol-9e8f7a6b was not exported",
      "outcome": "repaired",
      "firstSeen": "2009-12-09T10:00:00Z"
    },
    {
      "kind": "stray-device",
      "resourceId": "vol-0a1b2c3d",
      "vmmHostname": "node7",
      "description": "VM web1 has it as xvdb",
      "outcome": "failed",
      "firstSeen": "2009-12-09T10:00:00Z"
    }
  ],
  "unreachable": [
    "VM host node8: no answer"
  ],
  "driftsSeen": 7,
  "driftsRepaired": 5
}
)");
  EXPECT_EQ(format->one(Backup{"/b/a.db", 40960}),
            "{\n  \"file\": \"/b/a.db\",\n  \"sizeBytes\": 40960\n}\n");
}

TEST(JsonFormat, KeepsTextReadableUnlessATerminalCouldObeyIt) {
  Volume volume = availableVolume();
  volume.comment = "Größe 中\t\\";
  EXPECT_NE(makeJsonFormat()->one(volume).find(R"("comment": "Größe 中\t\\")"), std::string::npos);
  EXPECT_NE(makeJsonFormat()->one(hostileVolume()).find(R"("a\tb\n\\\u001b[31m\u00e9\u009b\u202e\ufffd")"),
            std::string::npos);
}

}  // namespace
}  // namespace vbs::cli
