#include "vbs_service/metadata/migrations.h"

#include <array>

#include "vbs_service/expect_error.h"
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

TEST(Migrations, AFailedOneLeavesTheVersionBefore) {
  const TemporaryDatabase database;
  Connection connection(database.file(), Connection::Mode::ReadWrite);
  constexpr std::array<std::string_view, 2> kSecondIsBad{"CREATE TABLE first (x)",
                                                         "CREATE TABLE second (x); CREATE TABLE first (x)"};
  EXPECT_THROW(migrate(connection, kSecondIsBad), SQLite::Exception);
  EXPECT_EQ(versionOf(connection), 1);
  EXPECT_TRUE(hasTable(connection, "first"));
  EXPECT_FALSE(hasTable(connection, "second"));
}

TEST(Migrations, RefuseTheSchemaOfANewerProgram) {
  const TemporaryDatabase database;
  Connection connection(database.file(), Connection::Mode::ReadWrite);
  connection.database().exec("PRAGMA user_version = 99");
  expectError(ErrorCode::InternalError, "schema version 99", [&] { migrate(connection, migrations()); });
}

TEST(Migrations, RefuseADatabaseOfSomethingElse) {
  const TemporaryDatabase database;
  Connection connection(database.file(), Connection::Mode::ReadWrite);
  connection.database().exec("CREATE TABLE bookmarks (url)");
  expectError(ErrorCode::InternalError, "of something else", [&] { migrate(connection, migrations()); });
  EXPECT_FALSE(hasTable(connection, "volumes"));
}

}  // namespace
}  // namespace vbs::metadata
