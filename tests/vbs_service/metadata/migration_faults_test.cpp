#include <iostream>
#include <set>

#include "support/expect_error.h"
#include "support/faulty_disk.h"
#include "vbs_service/metadata/connection.h"
#include "vbs_service/metadata/metadata_store.h"
#include "vbs_service/metadata/version_fixture.h"
#include "vbs_service/temporary_database.h"

namespace vbs::metadata {
namespace {

using support::DiskFault;
using support::FaultyDisk;

// The disk fails, or the process dies, at each change that bringing an older database up to date makes on it,
// and at each change that making a new one does.

/// Everything that a database holds, as text.
std::string contentOf(const std::filesystem::path& file) {
  Connection connection(file.string(), Connection::Mode::ReadOnly);
  std::string content =
      "version " + std::to_string(connection.database().execAndGet("PRAGMA user_version").getInt()) + "\n";
  SQLite::Statement tables(connection.database(),
                           "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name");
  while (tables.executeStep()) {
    content += tables.getColumn(1).getString() + "\n";
    SQLite::Statement rows(connection.database(), "SELECT * FROM " + tables.getColumn(0).getString());
    std::multiset<std::string> lines;
    while (rows.executeStep()) {
      std::string line;
      for (int column = 0; column < rows.getColumnCount(); ++column) {
        line += rows.getColumn(column).getString() + "|";
      }
      lines.insert(line);
    }
    for (const std::string& line : lines) content += line + "\n";
  }
  return content;
}

/// From what a start begins: the version of the file, or 0 for none at all.
void makeBefore(int version, const std::filesystem::path& file) {
  if (version > 0) makeDatabaseOf(version, file);
}

std::string contentAfterAStart(int version) {
  const TemporaryDatabase database;
  makeBefore(version, database.file());
  { const MetadataStore store(database.file()); }
  return contentOf(database.file());
}

std::string contentBefore(int version) {
  const TemporaryDatabase database;
  makeBefore(version, database.file());
  return version > 0 ? contentOf(database.file()) : "";
}

struct Blow {
  DiskFault fault;
  bool lasting;
};

std::string toString(const Blow& blow) {
  return support::toString(blow.fault) + (blow.lasting ? " that stays" : " once");
}

class MigrationFaults : public testing::TestWithParam<int> {
protected:
  MigrationFaults() : before_(contentBefore(GetParam())), after_(contentAfterAStart(GetParam())) {}

  /// False when a start changes less than n times.
  bool survives(const Blow& blow, std::size_t n) {
    SCOPED_TRACE(toString(blow) + " at change " + std::to_string(n));
    const TemporaryDatabase database;
    makeBefore(GetParam(), database.file());
    (blow.lasting ? disk_.failFrom(n, blow.fault) : disk_.failOnce(n, blow.fault));
    bool started = true;
    try {
      const MetadataStore store(database.file());
    } catch (const Error& error) {
      started = false;
      EXPECT_EQ(error.code(), ErrorCode::InternalError);
      EXPECT_THAT(error.what(), testing::HasSubstr(database.file().string()));
    }
    const bool struck = disk_.struck();
    EXPECT_TRUE(started || struck);
    disk_.heal();
    if (GetParam() > 0) {
      const std::string content = contentOf(database.file());
      EXPECT_TRUE(content == after_ || (content == before_ && !started)) << content;
    }
    { const MetadataStore store(database.file()); }
    EXPECT_EQ(contentOf(database.file()), after_);
    return struck;
  }

  FaultyDisk disk_;
  const std::string before_;
  const std::string after_;
};

TEST_P(MigrationFaults, LeaveTheVersionBeforeOrTheVersionAfterAndTheNextStartSucceeds) {
  std::size_t cases = 0;
  for (const Blow& blow :
       {Blow{DiskFault::Full, true}, Blow{DiskFault::Full, false}, Blow{DiskFault::IoError, true},
        Blow{DiskFault::IoError, false}, Blow{DiskFault::ReadOnly, true}, Blow{DiskFault::Death, true}}) {
    std::size_t n = 1;
    while (survives(blow, n) && !HasFailure()) ++n;
    ASSERT_FALSE(HasFailure());
    EXPECT_GT(n, 10U);
    cases += n - 1;
  }
  std::cout << "from version " << GetParam() << ": " << cases << " cases\n";
}

INSTANTIATE_TEST_SUITE_P(FromNothing, MigrationFaults, testing::Values(0));
INSTANTIATE_TEST_SUITE_P(FromEarlierVersion, MigrationFaults, testing::ValuesIn(earlierVersions()),
                         [](const auto& param) { return std::to_string(param.param); });

}  // namespace
}  // namespace vbs::metadata
