#include "vbs_service/metadata/connection.h"

namespace vbs::metadata {
namespace {

// Another process has the file only while somebody backs it up; its locks are short.
constexpr int kBusyTimeoutMs = 5000;

}  // namespace

Connection::Connection(const std::string& file, Mode mode)
    : database_(file, SQLite::OPEN_READWRITE | (mode == Mode::ReadWrite ? SQLite::OPEN_CREATE : 0),
                kBusyTimeoutMs) {
  database_.exec("PRAGMA foreign_keys = ON");
  if (mode == Mode::ReadWrite) {
    database_.exec("PRAGMA synchronous = FULL");
  } else {
    database_.exec("PRAGMA query_only = ON");
  }
}

SQLite::Statement& Connection::prepared(std::string_view sql) {
  auto& statement = statements_[sql];
  if (!statement) statement = std::make_unique<SQLite::Statement>(database_, std::string(sql));
  return *statement;
}

}  // namespace vbs::metadata
