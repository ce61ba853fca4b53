#include <SQLiteCpp/Database.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <latch>
#include <set>
#include <thread>

#include "support/expect_error.h"
#include "vbs_service/metadata/metadata_store.h"
#include "vbs_service/metadata/version_fixture.h"
#include "vbs_service/service_under_test.h"
#include "vbs_service/temporary_database.h"

namespace vbs::metadata {
namespace {

using std::filesystem::path;

std::string bytesOf(const path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::set<std::string> namesIn(const path& directory) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    names.insert(entry.path().filename());
  return names;
}

void insertVolume(MetadataWriter& tx) {
  tx.insertVolume({.volumeId = tx.newVolumeId(defaultVolumeServer()),
                   .size = SizeGiB(1),
                   .comment = "",
                   .snapshotId = std::nullopt,
                   .status = VolumeStatus::Available,
                   .statusReason = std::nullopt,
                   .progressPercent = std::nullopt,
                   .createTime = tx.now(),
                   .attachment = std::nullopt});
}

std::int64_t count(const path& file, const std::string& table) {
  SQLite::Database database(file.string(), SQLite::OPEN_READONLY);
  return database.execAndGet("SELECT count(*) FROM " + table).getInt64();
}

class BackupTest : public testing::Test {
protected:
  BackupTest() { std::filesystem::create_directory(directory_); }

  TemporaryDatabase database_;
  const path directory_ = database_.directory() / "backups";
  const path file_ = directory_ / "today.sqlite";
  MetadataStore store_{database_.file()};
};

TEST_F(BackupTest, IsOneFileThatNeedsNoOtherAndThatItsOwnerAloneMayRead) {
  store_.write(insertVolume);
  const std::int64_t size = store_.backup(file_);
  EXPECT_EQ(namesIn(directory_), std::set<std::string>{"today.sqlite"});
  EXPECT_EQ(size, static_cast<std::int64_t>(std::filesystem::file_size(file_)));
  struct stat status {};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  {
    SQLite::Database copy(file_.string(), SQLite::OPEN_READONLY);
    EXPECT_EQ(copy.execAndGet("PRAGMA journal_mode").getString(), "delete");
    EXPECT_EQ(copy.execAndGet("PRAGMA integrity_check").getString(), "ok");
    EXPECT_EQ(copy.execAndGet("SELECT count(*) FROM volumes").getInt(), 1);
  }
  EXPECT_EQ(namesIn(directory_), std::set<std::string>{"today.sqlite"});
}

TEST_F(BackupTest, IsMarkedAsOneUntilItIsAccepted) {
  store_.backup(file_);
  EXPECT_FALSE(store_.read([](const MetadataReader& tx) { return tx.isRestored(); }));
  for (const bool isRestored : {true, true, false}) {
    MetadataStore restored(file_);
    if (!isRestored) restored.write([](MetadataWriter& tx) { tx.acceptRestored(); });
    EXPECT_EQ(restored.read([](const MetadataReader& tx) { return tx.isRestored(); }), isRestored);
  }
  MetadataStore accepted(file_);
  EXPECT_FALSE(accepted.read([](const MetadataReader& tx) { return tx.isRestored(); }));
}

TEST_F(BackupTest, HoldsWhatWasAnsweredBeforeAndNoTransactionByHalfWhileWritersGoOn) {
  constexpr int kWriters = 3;
  std::atomic<std::int64_t> begun = 0;
  std::atomic<std::int64_t> done = 0;
  std::atomic<bool> stop = false;
  std::vector<std::thread> writers;
  writers.reserve(kWriters);
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&] {
      while (!stop) {
        ++begun;
        store_.write([](MetadataWriter& tx) {
          insertVolume(tx);
          insertVolume(tx);
        });
        ++done;
      }
    });
  }
  for (int i = 0; i < 8; ++i) {
    const std::int64_t before = done;
    eventually([&] { return done > before; });
    const path file = directory_ / std::to_string(i);
    const std::int64_t atLeast = done;
    store_.backup(file);
    const std::int64_t atMost = begun;
    const std::int64_t volumes = count(file, "volumes");
    EXPECT_EQ(volumes % 2, 0);
    EXPECT_GE(volumes, 2 * atLeast);
    EXPECT_LE(volumes, 2 * atMost);
    EXPECT_EQ(count(file, "ids"), volumes);
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
}

TEST_F(BackupTest, DoesNotWaitForAWriterAndSeesNothingOfWhatItHasNotCommitted) {
  std::latch writing(1);
  std::latch backedUp(1);
  std::thread writer([&] {
    store_.write([&](MetadataWriter& tx) {
      insertVolume(tx);
      writing.count_down();
      backedUp.wait();  // ends only because the backup below is not held up
    });
  });
  writing.wait();
  store_.backup(file_);
  backedUp.count_down();
  writer.join();
  EXPECT_EQ(count(file_, "volumes"), 0);
}

TEST_F(BackupTest, NeverReplacesAFile) {
  std::ofstream(file_) << "precious";
  expectError(ErrorCode::InvalidParameter, file_.string() + ": there is such a file already",
              [&] { store_.backup(file_); });
  EXPECT_EQ(bytesOf(file_), "precious");
  const path link = directory_ / "link";
  std::filesystem::create_symlink(directory_ / "nowhere", link);
  expectError(ErrorCode::InvalidParameter, "there is such a file already", [&] { store_.backup(link); });
  expectError(ErrorCode::InvalidParameter, "there is such a file already",
              [&] { store_.backup(directory_); });
  EXPECT_EQ(namesIn(directory_), (std::set<std::string>{"link", "today.sqlite"}));
}

TEST_F(BackupTest, OfTwoWithTheSameNameOneIsMade) {
  store_.write(insertVolume);
  MetadataStore other(database_.directory() / "other.db");
  std::atomic<int> made = 0;
  std::atomic<int> refused = 0;
  const auto backUpTo = [&](MetadataStore& store) {
    try {
      store.backup(file_);
      ++made;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidParameter) << error.what();
      ++refused;
    }
  };
  std::thread second([&] { backUpTo(other); });
  backUpTo(store_);
  second.join();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(namesIn(directory_), std::set<std::string>{"today.sqlite"});
}

TEST_F(BackupTest, NamesADirectoryThatIsNotThere) {
  expectError(ErrorCode::InternalError, "No such file or directory",
              [&] { store_.backup(directory_ / "none" / "today.sqlite"); });
}

/// Exits with 0 when a user who may not write the directory is told so. Root may write all.
[[noreturn]] void backUpAsNobody(MetadataStore& store, const path& file) {
  constexpr uid_t kNobody = 65534;
  if (::geteuid() == 0 && ::setuid(kNobody) != 0) std::exit(2);
  try {
    store.backup(file);
  } catch (const Error& error) {
    std::cerr << error.what();
    std::exit(0);
  }
  std::exit(1);
}

TEST_F(BackupTest, NamesADirectoryThatMayNotBeWritten) {
  using std::filesystem::perms;
  std::filesystem::permissions(database_.directory(), perms::all);
  std::filesystem::permissions(
      directory_, perms::owner_read | perms::owner_exec | perms::others_read | perms::others_exec);
  EXPECT_EXIT(backUpAsNobody(store_, file_), testing::ExitedWithCode(0),
              "today.sqlite: cannot create a file in .*backups: Permission denied");
  EXPECT_EQ(namesIn(directory_), std::set<std::string>());
}

TEST_F(BackupTest, RemovesWhatKilledBackupsLeftAndNothingElse) {
  for (const char* name :
       {".vbs-backup-aaaaaa.tmp", ".vbs-backup-aaaaaa.tmp-wal", ".vbs-backup-aaaaaa.tmp-shm",
        ".vbs-backup-bbbbbb.tmp", ".vbs-backup-notes", "yesterday.sqlite"}) {
    std::ofstream(directory_ / name) << "x";
  }
  const int running = ::open((directory_ / ".vbs-backup-bbbbbb.tmp").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(running, LOCK_EX | LOCK_NB), 0);  // as the backup of another service has it
  store_.backup(file_);
  ::close(running);
  EXPECT_EQ(namesIn(directory_), (std::set<std::string>{".vbs-backup-bbbbbb.tmp", ".vbs-backup-notes",
                                                        "today.sqlite", "yesterday.sqlite"}));
}

TEST_F(BackupTest, ADamagedDatabaseIsToldAndGivesNone) {
  store_.write(insertVolume);
  SQLite::Database(database_.file().string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE volumes SET status = 'in-use'");
  expectError(ErrorCode::InternalError, "its attachment is missing", [&] { store_.backup(file_); });
  EXPECT_EQ(namesIn(directory_), std::set<std::string>());
}

TEST(BackupOfEverything, IsWhatAServiceStartsWithAfterARestore) {
  const TemporaryDatabase database;
  const path copy = database.directory() / "copy.sqlite";
  ServiceUnderTest service;
  const VolumeId attached = service.createVolume(5).volumeId;
  service.attach(attached);
  const VolumeId base = service.createVolume(7).volumeId;
  service.createSnapshot(base);
  service.store().backup(copy);
  const std::vector<Volume> volumes = service.allVolumes();
  const std::vector<Snapshot> snapshots = service.allSnapshots();

  service.stop();
  for (const char* part : {"", "-wal", "-shm"})
    std::filesystem::remove(service.databaseFile().string() + part);
  std::filesystem::copy_file(copy, service.databaseFile());
  service.start();
  EXPECT_EQ(service.allVolumes(), volumes);
  EXPECT_EQ(service.allSnapshots(), snapshots);
  service.expectWorldMatchesMetadata();
  service.detach(attached);
  service.deleteVolume(attached);
  service.expectWorldMatchesMetadata();
}

}  // namespace
}  // namespace vbs::metadata
