#include "vbs_service/metadata/migrations.h"

#include <SQLiteCpp/Transaction.h>

#include <array>
#include <string>

#include "common/model/error.h"
#include "vbs_service/metadata/migrations_sql.h"

namespace vbs::metadata {
namespace {

int versionOf(SQLite::Database& database) {
  return database.execAndGet("PRAGMA user_version").getInt();
}

bool isEmpty(SQLite::Database& database) {
  return database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
}

}  // namespace

std::span<const std::string_view> migrations() {
  static constexpr std::array kMigrations{kSchemaSql, kMigration2Sql};
  return kMigrations;
}

void migrate(Connection& connection, std::span<const std::string_view> migrations) {
  SQLite::Database& database = connection.database();
  const int newest = static_cast<int>(migrations.size());
  int version = versionOf(database);
  if (version > newest || version < 0) {
    throw Error(ErrorCode::InternalError, "has schema version " + std::to_string(version) +
                                              ", this program knows up to " + std::to_string(newest) +
                                              ": run the newer program that made it");
  }
  if (version == 0 && !isEmpty(database)) {
    throw Error(ErrorCode::InternalError, "is an SQLite database of something else: name another file");
  }
  for (; version < newest; ++version) {
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    database.exec(std::string(migrations[static_cast<std::size_t>(version)]));
    database.exec("PRAGMA user_version = " + std::to_string(version + 1));
    transaction.commit();
  }
}

}  // namespace vbs::metadata
