#include <sys/wait.h>
#include <unistd.h>

#include <iostream>

#include "support/expect_error.h"
#include "support/faulty_disk.h"
#include "vbs_service/metadata/backup.h"
#include "vbs_service/metadata/metadata_store.h"
#include "vbs_service/metadata/version_fixture.h"
#include "vbs_service/temporary_database.h"

namespace vbs::metadata {
namespace {

using std::filesystem::path;
using support::DiskFault;
using support::FaultyDisk;

class BackupFaults : public testing::Test {
protected:
  BackupFaults() {
    makeDatabaseOf(1, database_.file());
    { const MetadataStore store(database_.file()); }
    std::filesystem::create_directory(directory_);
  }

  bool isEmpty() const { return std::filesystem::is_empty(directory_); }

  /// A backup that a service starts with.
  void expectGood(const path& file) const {
    const path restored = database_.directory() / "restored.db";
    std::filesystem::copy_file(file, restored);
    {
      MetadataStore store(restored);
      EXPECT_EQ(store.read([](const MetadataReader& tx) { return tx.openOperations().size(); }), 14U);
    }
    std::filesystem::remove(restored);
  }

  FaultyDisk disk_;
  TemporaryDatabase database_;
  const path directory_ = database_.directory() / "backups";
  const path file_ = directory_ / "today.sqlite";
};

TEST_F(BackupFaults, OfADiskLeaveNothingBehindAndTheServiceGoesOn) {
  MetadataStore store(database_.file());
  int cases = 0;
  for (const DiskFault fault : {DiskFault::Full, DiskFault::IoError, DiskFault::ReadOnly}) {
    for (const bool lasting : {true, false}) {
      for (std::size_t n = 1;; ++n) {
        SCOPED_TRACE(support::toString(fault) + (lasting ? " that stays" : " once") + " at change " +
                     std::to_string(n));
        (lasting ? disk_.failFrom(n, fault) : disk_.failOnce(n, fault));
        bool made = true;
        try {
          store.backup(file_);
        } catch (const Error& error) {
          made = false;
          EXPECT_EQ(error.code(), ErrorCode::InternalError);
          EXPECT_THAT(error.what(), testing::HasSubstr("backup of the metadata to " + file_.string()));
          EXPECT_TRUE(isEmpty());
        }
        const bool struck = disk_.struck();
        disk_.heal();
        if (made) expectGood(file_);
        std::filesystem::remove(file_);
        EXPECT_TRUE(isEmpty());
        store.write([](MetadataWriter& tx) { tx.newVolumeId(defaultVolumeServer()); });
        ASSERT_FALSE(HasFailure());
        if (!struck) {
          EXPECT_TRUE(made);
          break;
        }
        ++cases;
      }
    }
  }
  EXPECT_GT(cases, 50);
  std::cout << cases << " cases\n";
}

TEST_F(BackupFaults, ThatKillAtAnyMomentLeaveNoFileOfThatNameAndTheNextBackupTidiesUp) {
  int cases = 0;
  for (std::size_t n = 1;; ++n) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      disk_.onStrike([] { ::_exit(9); });
      disk_.failFrom(n, DiskFault::Death);
      backUp(database_.file(), file_, {});
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) break;
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 9) << status;
    EXPECT_FALSE(std::filesystem::exists(file_)) << n;
    EXPECT_FALSE(isEmpty()) << n;
    backUp(database_.file(), directory_ / "next", {});
    expectGood(directory_ / "next");
    std::filesystem::remove(directory_ / "next");
    EXPECT_TRUE(isEmpty()) << n;
    ASSERT_FALSE(HasFailure());
    ++cases;
  }
  expectGood(file_);
  EXPECT_GT(cases, 10);
  std::cout << cases << " cases\n";
}

TEST_F(BackupFaults, AWriterIsNotHeldUpByABackupThatIsHalfWay) {
  MetadataStore store(database_.file());
  disk_.heal();
  store.backup(directory_ / "whole");
  const std::size_t changes = disk_.changes();
  std::optional<VolumeId> written;
  disk_.onStrike([&] {
    written = store.write([](MetadataWriter& tx) { return tx.newVolumeId(defaultVolumeServer()); });
  });
  disk_.failOnce(changes / 2, DiskFault::Full);
  EXPECT_THROW(store.backup(file_), Error);
  ASSERT_TRUE(written);
  EXPECT_TRUE(store.read([&](const MetadataReader& tx) { return tx.givenVolume(*written); }));
}

}  // namespace
}  // namespace vbs::metadata
