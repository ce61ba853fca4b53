#include "vbs_service/metadata/migrations.h"

#include <array>
#include <string>

#include "common/model/error.h"
#include "vbs_service/metadata/integrity.h"
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
  static constexpr std::array kMigrations{kSchemaSql, kMigration2Sql, kMigration3Sql, kMigration4Sql,
                                          kMigration5Sql};
  return kMigrations;
}

void requireKnownVersion(Connection& connection, std::span<const std::string_view> migrations) {
  SQLite::Database& database = connection.database();
  const int newest = static_cast<int>(migrations.size());
  const int version = versionOf(database);
  if (version > newest || version < 0) {
    throw Error(ErrorCode::InternalError, "has schema version " + std::to_string(version) +
                                              ", this program knows up to " + std::to_string(newest) +
                                              ": run the newer program that made it; nothing was changed");
  }
  if (version == 0 && !isEmpty(database)) {
    throw Error(ErrorCode::InternalError,
                "is an SQLite database of something else: name another file; nothing was changed");
  }
}

void migrate(Connection& connection, std::span<const std::string_view> migrations) {
  SQLite::Database& database = connection.database();
  const auto newest = static_cast<int>(migrations.size());
  const int version = versionOf(database);
  if (version == newest) return;
  for (const std::string_view sql : migrations.subspan(static_cast<std::size_t>(version))) {
    database.exec(std::string(sql));
  }
  requireReferences(connection);
  database.exec("PRAGMA user_version = " + std::to_string(newest));
}

}  // namespace vbs::metadata
