#include "vbs_service/metadata/migrations.h"

#include <SQLiteCpp/Transaction.h>

#include <array>

#include "support/expect_error.h"
#include "vbs_service/metadata/metadata_reader.h"
#include "vbs_service/temporary_database.h"

namespace vbs::metadata {
namespace {

int versionOf(Connection& connection) {
  return connection.database().execAndGet("PRAGMA user_version").getInt();
}

bool hasTable(Connection& connection, const char* name) {
  return connection.database().tableExists(name);
}

TEST(Migrations, BringAnEmptyFileToTheNewestVersion) {
  const TemporaryDatabase database;
  Connection connection(database.file(), Connection::Mode::ReadWrite);
  migrate(connection, migrations());
  EXPECT_EQ(versionOf(connection), static_cast<int>(migrations().size()));
  EXPECT_TRUE(hasTable(connection, "operations"));
}

TEST(Migrations, RunOnlyWhatIsNew) {
  const TemporaryDatabase database;
  Connection connection(database.file(), Connection::Mode::ReadWrite);
  constexpr std::array<std::string_view, 2> kBoth{"CREATE TABLE first (x)", "CREATE TABLE second (x)"};
  migrate(connection, std::span(kBoth).first(1));
  EXPECT_FALSE(hasTable(connection, "second"));
  migrate(connection, kBoth);
  EXPECT_TRUE(hasTable(connection, "second"));
  EXPECT_EQ(versionOf(connection), 2);
}

TEST(Migrations, TheSecondRemembersWithEachIdWhatItsRemovalTakes) {
  const TemporaryDatabase database;
  Connection connection(database.file(), Connection::Mode::ReadWrite);
  connection.enforceForeignKeys(false);
  migrate(connection, migrations().first(1));
  connection.database().exec(
      "INSERT INTO ids (id, kind, created_at) VALUES ('vol-00000001', 'volume', 1), "
      "('vol-00000002', 'volume', 2), ('snap-00000003', 'snapshot', 3), ('snap-00000004', 'snapshot', 4);"
      "INSERT INTO volumes (id, size_gib, comment, status, create_time) "
      "VALUES ('vol-00000001', 7, '', 'available', 1);"
      "INSERT INTO snapshots (id, volume_id, size_gib, comment, status, start_time) "
      "VALUES ('snap-00000003', 'vol-00000001', 5, '', 'completed', 3)");
  migrate(connection, migrations());
  const MetadataReader reader(connection);
  EXPECT_EQ(reader.givenVolume(VolumeId("vol-00000001")), (GivenVolume{.size = SizeGiB(7)}));
  EXPECT_EQ(reader.givenVolume(VolumeId("vol-00000002")), (GivenVolume{.size = {}}));
  EXPECT_EQ(reader.givenSnapshot(SnapshotId("snap-00000003")),
            (GivenSnapshot{.size = SizeGiB(5), .volumeId = VolumeId("vol-00000001")}));
  EXPECT_EQ(reader.givenSnapshot(SnapshotId("snap-00000004")), (GivenSnapshot{.size = {}, .volumeId = {}}));
}

TEST(Migrations, AFailedOneLeavesTheVersionBeforeThemAll) {
  const TemporaryDatabase database;
  Connection connection(database.file(), Connection::Mode::ReadWrite);
  constexpr std::array<std::string_view, 2> kSecondIsBad{"CREATE TABLE first (x)",
                                                         "CREATE TABLE second (x); CREATE TABLE first (x)"};
  {
    const SQLite::Transaction transaction(connection.database());
    EXPECT_THROW(migrate(connection, kSecondIsBad), SQLite::Exception);
  }
  EXPECT_EQ(versionOf(connection), 0);
  EXPECT_FALSE(hasTable(connection, "first"));
}

TEST(Migrations, OneThatBreaksAForeignKeyIsRefused) {
  const TemporaryDatabase database;
  Connection connection(database.file(), Connection::Mode::ReadWrite);
  connection.enforceForeignKeys(false);
  constexpr std::array<std::string_view, 1> kBreaksOne{
      "CREATE TABLE first (id INTEGER PRIMARY KEY); CREATE TABLE second (id INTEGER REFERENCES first (id));"
      "INSERT INTO second VALUES (1)"};
  expectError(ErrorCode::InternalError, "a row of second refers to one of first that is not there",
              [&] { migrate(connection, kBreaksOne); });
}

TEST(Migrations, RefuseTheSchemaOfANewerProgram) {
  const TemporaryDatabase database;
  Connection connection(database.file(), Connection::Mode::ReadWrite);
  connection.database().exec("PRAGMA user_version = 99");
  expectError(ErrorCode::InternalError, "schema version 99",
              [&] { requireKnownVersion(connection, migrations()); });
}

TEST(Migrations, RefuseADatabaseOfSomethingElse) {
  const TemporaryDatabase database;
  Connection connection(database.file(), Connection::Mode::ReadWrite);
  connection.database().exec("CREATE TABLE bookmarks (url)");
  expectError(ErrorCode::InternalError, "of something else",
              [&] { requireKnownVersion(connection, migrations()); });
  EXPECT_FALSE(hasTable(connection, "volumes"));
}

}  // namespace
}  // namespace vbs::metadata
