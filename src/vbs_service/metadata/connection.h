#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vbs::metadata {

/// A prepared statement in use: its parameters are bound, its rows are stepped through, and it goes back to
/// the connection's stock when the Query goes. Throws SQLite::Exception. Not thread-safe.
class Query {
public:
  template <class... Values>
  explicit Query(SQLite::Statement& statement, const Values&... values) : statement_(&statement) {
    statement_->tryReset();
    (bind(values), ...);
  }
  ~Query() { statement_->tryReset(); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  /// True when there is a (next) row.
  bool next() { return statement_->executeStep(); }
  /// Runs a statement that answers no rows; returns how many it changed.
  int run() { return statement_->exec(); }

  bool isNull(int column) const { return statement_->isColumnNull(column); }
  std::string text(int column) const { return statement_->getColumn(column).getString(); }
  std::int64_t integer(int column) const { return statement_->getColumn(column).getInt64(); }
  int small(int column) const { return statement_->getColumn(column).getInt(); }
  std::optional<std::string> optionalText(int column) const {
    return isNull(column) ? std::nullopt : std::optional(text(column));
  }

private:
  void bind(std::int64_t value) { statement_->bind(++bound_, value); }
  void bind(int value) { statement_->bind(++bound_, value); }
  void bind(const std::string& value) { statement_->bind(++bound_, value); }
  void bind(std::string_view value) { statement_->bind(++bound_, std::string(value)); }
  template <class Value>
  void bind(const std::optional<Value>& value) {
    if (value) {
      bind(*value);
    } else {
      statement_->bind(++bound_);
    }
  }

  SQLite::Statement* statement_;
  int bound_ = 0;
};

/// One SQLite connection with its prepared statements. Not thread-safe; throws SQLite::Exception.
class Connection {
public:
  enum class Mode { ReadWrite, ReadOnly };

  /// ReadWrite creates the file when there is none.
  Connection(const std::string& file, Mode mode);

  /// At most one Query of the same text at a time. `sql` must be a literal.
  template <class... Values>
  Query query(std::string_view sql, const Values&... values) {
    return Query(prepared(sql), values...);
  }

  SQLite::Database& database() noexcept { return database_; }

  /// The last connection to close copies the write-ahead log into the file and removes it, unless it keeps
  /// it: then both stay byte for byte as they are.
  void keepLogOnClose(bool keep);

private:
  SQLite::Statement& prepared(std::string_view sql);

  SQLite::Database database_;
  std::unordered_map<std::string_view, std::unique_ptr<SQLite::Statement>> statements_;
};

}  // namespace vbs::metadata
