#include <SQLiteCpp/Database.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>

#include "support/expect_error.h"
#include "vbs_service/metadata/connection.h"
#include "vbs_service/metadata/metadata_store.h"
#include "vbs_service/metadata/version_fixture.h"
#include "vbs_service/temporary_database.h"
#include "vbs_service/workflows/resume.h"

namespace vbs::metadata {
namespace {

// Real bytes of real files are damaged. A start either refuses the file and leaves it as it is, or finds what
// was written.

using std::filesystem::path;

std::string bytesOf(const path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write(const path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

path logOf(const path& file) {
  return file.string() + "-wal";
}

class Damage : public testing::Test {
protected:
  static constexpr std::size_t kPage = 4096;

  Damage() {
    makeDatabaseOf(1, database_.file());
    { const MetadataStore store(database_.file()); }
    // So that there is no page that holds nothing, and of which damage is of no interest.
    SQLite::Database(database_.file().string(), SQLite::OPEN_READWRITE).exec("VACUUM");
    whole_ = bytesOf(database_.file());
    EXPECT_EQ(whole_.size() % kPage, 0U);
  }

  const path& file() const { return file_; }

  /// True when a start refuses the file, says so well, and leaves it and its log as they are.
  bool isRefused(const std::string& why = "") {
    const std::string bytes = bytesOf(file());
    const std::string log = bytesOf(logOf(file()));
    bool refused = false;
    try {
      const MetadataStore store(file(), workflows::operationKinds());
    } catch (const Error& error) {
      refused = true;
      EXPECT_EQ(error.code(), ErrorCode::InternalError);
      EXPECT_THAT(error.what(), testing::HasSubstr("metadata store " + file().string()));
      EXPECT_THAT(error.what(), testing::HasSubstr(why));
      EXPECT_THAT(error.what(), testing::HasSubstr("nothing was changed. Restore a backup"));
      EXPECT_TRUE(bytesOf(file()) == bytes) << "the file was changed";
      EXPECT_TRUE(bytesOf(logOf(file())) == log) << "the log was changed";
    }
    return refused;
  }

  TemporaryDatabase database_;
  path file_ = database_.file();
  std::string whole_;
};

TEST_F(Damage, AnyPageThatIsNoneAnyMoreIsFound) {
  for (std::size_t page = 0; page < whole_.size() / kPage; ++page) {
    std::string damaged = whole_;
    for (std::size_t at = 0; at < 16; ++at) damaged[page * kPage + at] ^= 0x55;
    write(file(), damaged);
    EXPECT_TRUE(isRefused()) << "page " << page + 1;
  }
}

TEST_F(Damage, AFileThatLostItsEndIsFound) {
  for (std::size_t pages = 1; pages < whole_.size() / kPage; ++pages) {
    write(file(), whole_.substr(0, pages * kPage));
    EXPECT_TRUE(isRefused("is damaged")) << pages << " pages are left";
  }
}

TEST_F(Damage, AFileThatIsNoDatabaseIsNamed) {
  write(file(), std::string(kPage, 'x'));
  EXPECT_TRUE(isRefused("file is not a database"));
}

TEST_F(Damage, NoBytesMakeAStartCrashOrChangeWhatItRefuses) {
  constexpr unsigned kFiles = 200;
  int refused = 0;
  for (unsigned seed = 0; seed < kFiles; ++seed) {
    std::mt19937 random(seed);
    std::string damaged = whole_;
    const std::size_t begin = random() % damaged.size();
    const std::size_t end = std::min(damaged.size(), begin + 1 + random() % 64);
    for (std::size_t at = begin; at < end; ++at) damaged[at] = static_cast<char>(random());
    write(file(), damaged);
    SCOPED_TRACE("seed " + std::to_string(seed));
    if (isRefused()) ++refused;
    std::filesystem::remove(logOf(file()));
    ASSERT_FALSE(HasFailure());
  }
  // The others hit free space, or a text that nobody can tell from a right one.
  EXPECT_GT(refused, 20);
  std::cout << refused << " of " << kFiles << " files were refused\n";
}

struct Contradiction {
  const char* sql;
  const char* found;
};

class Contradictions : public Damage, public testing::WithParamInterface<Contradiction> {};

TEST_P(Contradictions, AreFound) {
  {
    SQLite::Database database(file().string(), SQLite::OPEN_READWRITE);
    database.exec(GetParam().sql);
  }
  EXPECT_TRUE(isRefused(GetParam().found)) << GetParam().sql;
}

INSTANTIATE_TEST_SUITE_P(
    BetweenTables, Contradictions,
    testing::Values(
        Contradiction{"DELETE FROM operations WHERE resource_id = 'vol-00000008'",
                      "volume vol-00000008 is attaching, but no operation owns it"},
        Contradiction{"DELETE FROM operations WHERE resource_id = 'vol-0000000a'",
                      "volume vol-0000000a is deleting, but no operation owns it"},
        Contradiction{"DELETE FROM operations WHERE resource_id = 'snap-00000002'",
                      "snapshot snap-00000002 is pending, but no operation owns it"},
        Contradiction{"DELETE FROM attachments WHERE volume_id = 'vol-00000002'",
                      "volume vol-00000002 is in-use, but its attachment is missing"},
        Contradiction{"UPDATE volumes SET status = 'available' WHERE id = 'vol-00000002'",
                      "volume vol-00000002 is available, but its attachment is attached"},
        Contradiction{"UPDATE attachments SET status = 'attaching' WHERE volume_id = 'vol-00000002'",
                      "volume vol-00000002 is in-use, but its attachment is attaching"},
        Contradiction{"UPDATE attachments SET target_name = 'iqn.2009-09.org.example:vol-00000001' "
                      "WHERE volume_id = 'vol-00000002'",
                      "the target of volume vol-00000002 is iqn.2009-09.org.example:vol-00000001"},
        Contradiction{"DELETE FROM volumes WHERE id = 'vol-00000006'",
                      "(createVolume) is about vol-00000006, which is gone"},
        Contradiction{"UPDATE volumes SET status = 'error' WHERE id = 'vol-00000007'",
                      "(restartCopy) is about vol-00000007, which is error"},
        Contradiction{"UPDATE snapshots SET status = 'completed' WHERE id = 'snap-00000003'",
                      "(deleteSnapshot) is about snap-00000003, which is completed"},
        Contradiction{"UPDATE operations SET context = json_set(context, '$.volumeId', 'vol-00000001') "
                      "WHERE resource_id = 'vol-0000000a'",
                      "(deleteVolume) is about vol-0000000a, but its parameters about vol-00000001"},
        Contradiction{"UPDATE operations SET context = '{}' WHERE resource_id = 'snap-00000002'",
                      "(createSnapshot) is about snap-00000002, but its parameters about nothing"},
        Contradiction{
            "UPDATE ids SET kind = 'snapshot' WHERE id = 'vol-00000003'",
            "vol-00000003 is of kind volume on default, but its id was given to a snapshot on default"},
        Contradiction{
            "UPDATE attachments SET volume_server = 'other' WHERE volume_id = 'vol-00000002'",
            "att-00000002 is of kind attachment on other, but its id was given to a attachment on default"},
        Contradiction{"UPDATE snapshots SET volume_server = 'other' WHERE id = 'snap-00000001';"
                      "UPDATE ids SET volume_server = 'other' WHERE id = 'snap-00000001'",
                      "snap-00000001 is on other, but its volume vol-00000001 on default"},
        Contradiction{
            "INSERT INTO ids VALUES ('att-0000000f', 'attachment', 'default', 1, NULL, 'vol-00000002');"
            "INSERT INTO attachments (id, volume_id, volume_server, mode, vmm_hostname, vm_id, vm_device, "
            "status, is_export_uncertain) VALUES ('att-0000000f', 'vol-00000002', 'default', 'read-write', "
            "'node2', 'vm1', 'xvdb', 'attached', 0)",
            "volume vol-00000002 has 2 attachments"},
        Contradiction{"UPDATE attachments SET mode = 'read-only' WHERE volume_id = 'vol-00000002'",
                      "the metadata hold the unknown word \"read-only\""},
        Contradiction{"UPDATE operations SET resource_kind = 'volume' WHERE resource_id = 'snap-00000002'",
                      "is about a volume, but snap-00000002 is of kind snapshot"},
        Contradiction{"UPDATE operations SET is_exclusive = 0 WHERE resource_id = 'vol-00000006'",
                      "(createVolume) goes on beside others, but no host is to be cleaned of vol-00000006"},
        Contradiction{"DELETE FROM host_cleanings WHERE volume_id = 'vol-0000000c'",
                      "(cleanHost) goes on beside others, but no host is to be cleaned of vol-0000000c"},
        Contradiction{"UPDATE operations SET is_exclusive = 1 WHERE resource_id = 'vol-0000000c'",
                      "(cleanHost) cleans node2, but owns vol-0000000c"},
        Contradiction{"UPDATE host_cleanings SET vmm_hostname = 'node9' WHERE volume_id = 'vol-0000000c'",
                      "(cleanHost) is to clean node9 of its volume, but its parameters say otherwise"},
        Contradiction{"UPDATE host_cleanings SET was_found = 1 - was_found WHERE volume_id = 'vol-0000000c'",
                      "is to clean node2 of its volume, but its parameters say otherwise"},
        Contradiction{"DELETE FROM operations WHERE resource_id = 'vol-0000000c'",
                      "a row of host_cleanings refers to one of operations that is not there"},
        Contradiction{"UPDATE attachments SET portal = 'no portal' WHERE volume_id = 'vol-00000002'",
                      "no portal"},
        Contradiction{"PRAGMA foreign_keys = OFF; DELETE FROM ids WHERE id = 'vol-0000000d'",
                      "a row of client_tokens refers to one of ids that is not there"},
        Contradiction{"PRAGMA ignore_check_constraints = ON; UPDATE volumes SET status = 'lost' "
                      "WHERE id = 'vol-00000001'",
                      "CHECK constraint failed in volumes"},
        Contradiction{
            "PRAGMA writable_schema = ON; DELETE FROM sqlite_master WHERE name = 'snapshots_by_volume'",
            "never used"}));

/// A service that died: its file, and a log that holds a commit for each volume.
class LogDamage : public Damage {
protected:
  static constexpr int kVolumes = 5;
  static constexpr std::size_t kHeader = 32;
  static constexpr std::size_t kFrame = 24 + kPage;

  LogDamage() {
    file_ = database_.directory() / "dead.db";
    MetadataStore store(database_.file());
    for (int i = 0; i < kVolumes; ++i) insertVolume(store);
    keep();
    log_ = bytesOf(logOf(file()));
    EXPECT_EQ((log_.size() - kHeader) % kFrame, 0U);
  }

  static void insertVolume(MetadataStore& store) {
    store.write([](MetadataWriter& tx) {
      tx.insertVolume({.volumeId = tx.newVolumeId(defaultVolumeServer()),
                       .size = SizeGiB(1),
                       .comment = "in the log",
                       .snapshotId = std::nullopt,
                       .status = VolumeStatus::Available,
                       .statusReason = std::nullopt,
                       .progressPercent = std::nullopt,
                       .createTime = tx.now(),
                       .attachment = std::nullopt});
    });
  }

  /// What the disk would hold if the service died now.
  void keep() const {
    write(file_, bytesOf(database_.file()));
    write(logOf(file_), bytesOf(logOf(database_.file())));
  }

  /// How many volumes a start finds that came by the log.
  std::ptrdiff_t found() const {
    MetadataStore store(file());
    const auto volumes = store.read([](const MetadataReader& tx) { return tx.describeVolumes({}).records; });
    return std::count_if(volumes.begin(), volumes.end(),
                         [](const Volume& volume) { return volume.comment == "in the log"; });
  }

  /// The frames that end a transaction, counted from 0.
  std::vector<std::size_t> commits() const {
    std::vector<std::size_t> frames;
    for (std::size_t frame = 0; kHeader + frame * kFrame < log_.size(); ++frame) {
      const std::string_view pagesAfter(log_.data() + kHeader + frame * kFrame + 4, 4);
      if (pagesAfter != std::string_view("\0\0\0\0", 4)) frames.push_back(frame);
    }
    return frames;
  }

  void damageLog(std::size_t at) const {
    std::string damaged = log_;
    damaged[at] ^= 0x10;
    write(logOf(file()), damaged);
  }

  std::string log_;
};

TEST_F(LogDamage, AWholeLogIsRead) {
  EXPECT_EQ(found(), kVolumes);
}

TEST_F(LogDamage, WhatWouldCostMoreThanTheLastTransactionIsRefused) {
  const std::size_t transactions = commits().size();
  ASSERT_GE(transactions, static_cast<std::size_t>(kVolumes));
  const std::size_t lastButOne = commits()[transactions - 2];
  for (std::size_t frame = 0; frame <= lastButOne; ++frame) {
    damageLog(kHeader + frame * kFrame + 24 + 77);  // of the page
    EXPECT_TRUE(isRefused("cannot be read from frame " + std::to_string(frame + 1) + " of")) << frame;
    damageLog(kHeader + frame * kFrame + 17);  // of the checksum
    EXPECT_TRUE(isRefused("cannot be read from frame " + std::to_string(frame + 1) + " of")) << frame;
  }
}

TEST_F(LogDamage, ALastTransactionThatAPowerCutToreIsNoneAndNoDamage) {
  const std::size_t lastButOne = commits()[commits().size() - 2];
  for (std::size_t frame = lastButOne + 1; kHeader + frame * kFrame < log_.size(); ++frame) {
    keep();
    damageLog(kHeader + frame * kFrame + 24 + 77);
    EXPECT_EQ(found(), kVolumes - 1) << frame;
  }
  for (const std::size_t cut : {std::size_t{1}, kFrame / 2, kFrame}) {
    keep();
    write(logOf(file()), log_.substr(0, log_.size() - cut));
    EXPECT_EQ(found(), kVolumes - 1) << cut;
  }
}

TEST_F(LogDamage, TwoTransactionsThatWereTornAtTheSamePlaceAreNoDamage) {
  const std::size_t first = commits()[commits().size() - 2] + 1;
  ASSERT_GT(commits().back(), first) << "the other transaction is to be shorter";
  damageLog(kHeader + first * kFrame + 24 + 77);
  const std::string before = bytesOf(file());
  {
    SQLite::Database next(file().string(), SQLite::OPEN_READWRITE);
    next.exec("UPDATE volumes SET comment = 'torn' WHERE id = 'vol-00000001'");
    log_ = bytesOf(logOf(file()));
  }
  write(file(), before);
  ASSERT_EQ(commits()[commits().size() - 2], first)
      << "the commit of the one lies before what is left of the other";
  damageLog(kHeader + first * kFrame + 24 + 77);
  EXPECT_EQ(found(), kVolumes - 1);
}

TEST_F(LogDamage, ADamagedHeaderIsRefused) {
  for (std::size_t at = 0; at < kHeader; ++at) {
    damageLog(at);
    EXPECT_TRUE(isRefused("has a damaged header")) << at;
  }
}

TEST_F(LogDamage, ALogWithoutItsDatabaseIsRefused) {
  std::filesystem::remove(file());
  EXPECT_TRUE(isRefused("is there, but it is not"));
  EXPECT_FALSE(std::filesystem::exists(file()));
  write(file(), "");
  EXPECT_TRUE(isRefused("is there, but it is not"));
}

TEST_F(LogDamage, WhatIsLeftOfALogsFormerLifeIsNoDamage) {
  MetadataStore store(database_.file());
  for (int i = 0; i < 10; ++i) insertVolume(store);
  SQLite::Database(database_.file().string(), SQLite::OPEN_READWRITE).exec("PRAGMA wal_checkpoint(RESTART)");
  insertVolume(store);
  keep();
  EXPECT_EQ(found(), kVolumes + 11);
}

TEST_F(LogDamage, ADatabaseOfANewerProgramThatDiedKeepsItsFileAndItsLogAsTheyAre) {
  {
    const MetadataStore store(database_.file());
    SQLite::Database(database_.file().string(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
    keep();
  }
  const std::string bytes = bytesOf(file());
  const std::string log = bytesOf(logOf(file()));
  expectError(ErrorCode::InternalError, "has schema version 99, this program knows up to ",
              [&] { const MetadataStore store(file(), workflows::operationKinds()); });
  EXPECT_TRUE(bytesOf(file()) == bytes);
  EXPECT_TRUE(bytesOf(logOf(file())) == log);
  EXPECT_FALSE(log.empty());
}

TEST_F(LogDamage, AnEmptyLogIsNoDamage) {
  write(logOf(file()), "");
  EXPECT_EQ(found(), 0);
}

}  // namespace
}  // namespace vbs::metadata
