#include "vbs_service/metadata/connection.h"

#include <sqlite3.h>

#include <utility>

namespace vbs::metadata {
namespace {

// Another process has the file only while somebody backs it up; its locks are short.
constexpr int kBusyTimeoutMs = 5000;

}  // namespace

Connection::Connection(const std::string& file, Mode mode)
    : database_(file, SQLite::OPEN_READWRITE | (mode == Mode::ReadWrite ? SQLite::OPEN_CREATE : 0),
                kBusyTimeoutMs) {
  enforceForeignKeys(true);
  if (mode == Mode::ReadWrite) {
    database_.exec("PRAGMA synchronous = FULL");
  } else {
    database_.exec("PRAGMA query_only = ON");
  }
}

void Connection::enforceForeignKeys(bool enforce) {
  database_.exec(enforce ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF");
}

void Connection::keepLogOnClose(bool keep) {
  const int result = ::sqlite3_db_config(database_.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
                                         static_cast<int>(keep), nullptr);
  if (result != SQLITE_OK) throw SQLite::Exception(database_.getHandle(), result);
}

SQLite::Statement& Connection::prepared(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return *found->second;
  std::string text(sql);
  auto statement = std::make_unique<SQLite::Statement>(database_, text);
  return *statements_.emplace(std::move(text), std::move(statement)).first->second;
}

}  // namespace vbs::metadata
