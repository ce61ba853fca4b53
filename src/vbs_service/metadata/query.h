#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <optional>
#include <type_traits>
#include <utility>

#include "vbs_service/metadata/sql_type.h"

namespace vbs::metadata {

/// A value for the parameter of a statement that is called `name`, such as ":id".
template <class Value>
struct Named {
  const char* name;
  const Value& value;
};
template <class Value>
Named<Value> named(const char* name, const Value& value) {
  return {name, value};
}

template <class Value>
inline constexpr bool kIsOptional = false;
template <class Value>
inline constexpr bool kIsOptional<std::optional<Value>> = true;

/// A prepared statement in use: its parameters are bound, its rows are stepped through, and it goes back to
/// the connection's stock when the Query goes. Values are of the types that SqlType knows, optional where a
/// column may be NULL. Throws SQLite::Exception. Not thread-safe.
class Query {
public:
  /// `values`: one for each parameter, in their order or each by its name. Throws Error{InternalError} when
  /// there are more or fewer, for SQLite would take what the statement was run with the last time.
  template <class... Values>
  explicit Query(SQLite::Statement& statement, const Values&... values) : statement_(&statement) {
    requireParameters(sizeof...(values));
    statement_->tryReset();
    int index = 0;
    (put(++index, values), ...);
  }
  ~Query() { statement_->tryReset(); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  /// True when there is a (next) row.
  bool next() { return statement_->executeStep(); }
  /// Runs a statement that answers no rows; returns how many it changed.
  int run() { return statement_->exec(); }

  /// What the row has in the column of that name. Throws Error{InternalError} for a NULL that `Value` cannot
  /// be, and what SqlType<Value> throws.
  template <class Value>
  Value get(const char* column) const {
    const SQLite::Column cell = statement_->getColumn(column);
    if constexpr (kIsOptional<Value>) {
      if (cell.isNull()) return std::nullopt;
      return from<typename Value::value_type>(cell);
    } else {
      if (cell.isNull()) throwNull(column);
      return from<Value>(cell);
    }
  }
  bool isNull(const char* column) const { return statement_->isColumnNull(column); }

private:
  template <class Value>
  static Value from(const SQLite::Column& cell) {
    using Kept = std::remove_cvref_t<decltype(SqlType<Value>::put(std::declval<const Value&>()))>;
    if constexpr (std::is_integral_v<Kept>) {
      return SqlType<Value>::get(cell.getInt64());
    } else {
      return SqlType<Value>::get(cell.getString());
    }
  }

  template <class Value>
  void put(int index, const Value& value) {
    if constexpr (kIsOptional<Value>) {
      if (value) {
        put(index, *value);
      } else {
        statement_->bind(index);
      }
    } else {
      statement_->bind(index, SqlType<Value>::put(value));
    }
  }
  template <class Value>
  void put(int /*index*/, const Named<Value>& parameter) {
    put(statement_->getIndex(parameter.name), parameter.value);
  }

  void requireParameters(std::size_t given) const;
  [[noreturn]] void throwNull(const char* column) const;

  SQLite::Statement* statement_;
};

}  // namespace vbs::metadata
