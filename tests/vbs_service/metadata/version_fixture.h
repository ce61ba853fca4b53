#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "vbs_service/metadata/migrations.h"

namespace vbs::metadata {

/// The database of a schema version with every table filled, as an SQL dump. Made once, by the last program
/// of that version (`sqlite3 FILE .dump`, with PRAGMA user_version put in), and never changed again. All tell
/// the story of version 1; what a version adds, its fixture fills too.
inline std::filesystem::path fixtureOf(int version) {
  return std::filesystem::path(VBS_FIXTURES) / ("version_" + std::to_string(version) + ".sql");
}

/// Open operations of the kinds that the story of the versions up to 3 leaves out.
constexpr int kNewestWithoutThem = 3;
inline std::filesystem::path everyKind() {
  return std::filesystem::path(VBS_FIXTURES) / "every_kind.sql";
}

inline std::vector<int> earlierVersions() {
  std::vector<int> versions;
  for (int version = 1; version < static_cast<int>(migrations().size()); ++version) {
    versions.push_back(version);
  }
  return versions;
}

inline std::string textOf(const std::filesystem::path& file) {
  const std::ifstream stream(file);
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// Makes `file`, as a service of that version left it, with an open operation of every kind.
inline void makeDatabaseOf(int version, const std::filesystem::path& file) {
  SQLite::Database database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec(textOf(fixtureOf(version)));
  if (version <= kNewestWithoutThem) database.exec(textOf(everyKind()));
  database.exec("PRAGMA journal_mode = WAL");
}

}  // namespace vbs::metadata
