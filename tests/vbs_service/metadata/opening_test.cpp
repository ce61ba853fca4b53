#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "vbs_service/metadata/connection.h"
#include "vbs_service/metadata/metadata_store_fixture.h"

namespace vbs::metadata {
namespace {

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

}  // namespace
}  // namespace vbs::metadata
