#include "vbs_service/backup_directory.h"

#include "support/expect_error.h"

namespace vbs {
namespace {

TEST(BackupDirectory, PlacesANameInItself) {
  const BackupDirectory backups("/var/backups/vbs/", "/var/lib/vbs/vbs.sqlite");
  EXPECT_EQ(backups.place("monday.db"), "/var/backups/vbs/monday.db");
  EXPECT_EQ(backups.place("/var/backups/vbs/monday.db"), "/var/backups/vbs/monday.db");
  EXPECT_EQ(backups.place("vbs.sqlite"), "/var/backups/vbs/vbs.sqlite");
}

TEST(BackupDirectory, IsTheDatabasesWhenThereIsNoOther) {
  EXPECT_EQ(BackupDirectory({}, "/var/lib/vbs/vbs.sqlite").place("monday.db"), "/var/lib/vbs/monday.db");
  EXPECT_EQ(BackupDirectory({}, "vbs.sqlite").place("monday.db"),
            std::filesystem::current_path() / "monday.db");
}

TEST(BackupDirectory, LetsNothingOut) {
  const BackupDirectory backups("/var/backups/vbs", "/var/lib/vbs/vbs.sqlite");
  for (const std::string file :
       {"", ".", "..", "../monday.db", "/var/backups/vbs/../monday.db", "/var/backups/vbs/",
        "/var/backups/vbs", "/etc/passwd", "/var/backups/vbs/sub/monday.db", "sub/monday.db", "./monday.db",
        "/var/backups/vbs//", "/var/backups/vbs/..", "/var/backups/vbsother/x", ".hidden",
        "/var/backups/vbs/.vbs-backup-1.tmp"}) {
    expectError(ErrorCode::InvalidParameter, "names no backup", [&] { backups.place(file); });
  }
  expectError(ErrorCode::InvalidParameter, "names no backup", [&] { backups.place(std::string("a\0b", 3)); });
  expectError(ErrorCode::InvalidParameter, "names no backup", [&] { backups.place("a\nb"); });
  expectError(ErrorCode::InvalidParameter, "names no backup", [&] { backups.place(std::string(256, 'a')); });
}

TEST(BackupDirectory, LeavesAloneWhatTheDatabaseNeeds) {
  const BackupDirectory backups({}, "/var/lib/vbs/vbs.sqlite");
  for (const std::string suffix : {"", "-wal", "-shm", "-journal", ".lock"}) {
    expectError(ErrorCode::InvalidParameter, "the database needs that name",
                [&] { backups.place("vbs.sqlite" + suffix); });
  }
  EXPECT_NO_THROW(backups.place("vbs.sqlite-1"));
}

}  // namespace
}  // namespace vbs
