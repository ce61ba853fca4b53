#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "vbs_service/metadata/query.h"

namespace vbs::metadata {

/// One SQLite connection with its prepared statements. Not thread-safe; throws SQLite::Exception.
class Connection {
public:
  enum class Mode { ReadWrite, ReadOnly };

  /// ReadWrite creates the file when there is none.
  Connection(const std::string& file, Mode mode);

  /// At most one Query of the same text at a time. `values`: as Query's constructor takes them.
  template <class... Values>
  Query query(std::string_view sql, const Values&... values) {
    return Query(prepared(sql), values...);
  }

  SQLite::Database& database() noexcept { return database_; }

  /// Whether SQLite refuses what breaks a foreign key; it does unless it is told otherwise. Not to be called
  /// in a transaction, where SQLite would ignore it.
  void enforceForeignKeys(bool enforce);

  /// The last connection to close copies the write-ahead log into the file and removes it, unless it keeps
  /// it: then both stay byte for byte as they are.
  void keepLogOnClose(bool keep);

private:
  SQLite::Statement& prepared(std::string_view sql);

  SQLite::Database database_;
  std::map<std::string, std::unique_ptr<SQLite::Statement>, std::less<>> statements_;
};

}  // namespace vbs::metadata
