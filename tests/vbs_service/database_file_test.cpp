#include "vbs_service/database_file.h"

#include <filesystem>

#include "support/expect_error.h"
#include "support/scratch_directory.h"

namespace vbs::service {
namespace {

constexpr std::string_view kDatabase = "SQLite format 3 and the rest";

class DatabaseFile : public testing::Test {
protected:
  const support::ScratchDirectory directory_;
  const std::filesystem::path file_ = directory_.path() / "vbs.sqlite";
};

TEST_F(DatabaseFile, ThatIsThereIsNotNew) {
  directory_.write("vbs.sqlite", "");
  EXPECT_FALSE(isNewDatabase(file_, false));
  EXPECT_FALSE(isNewDatabase(file_, true));
}

TEST_F(DatabaseFile, IsMadeAnewInADirectoryWhereNothingSpeaksAgainstIt) {
  directory_.write("another.db", kDatabase);
  directory_.write("vbs.sqlitf", "a text with nearly its name");
  EXPECT_TRUE(isNewDatabase(file_, false));
}

TEST_F(DatabaseFile, IsNotMadeInADirectoryThatIsNotThere) {
  expectError(ErrorCode::InvalidParameter, "there is no directory " + (directory_.path() / "vsb").string(),
              [&] { isNewDatabase(directory_.path() / "vsb" / "vbs.sqlite", true); });
}

TEST_F(DatabaseFile, IsNotMadeBesideOneWithNearlyTheSameName) {
  directory_.write("vbs.sqlite", kDatabase);
  const auto mistyped = directory_.path() / "vsb.sqlite";
  expectError(ErrorCode::InvalidParameter, "did you mean " + file_.string() + "?; to begin",
              [&] { isNewDatabase(mistyped, false); });
  EXPECT_TRUE(isNewDatabase(mistyped, true));
}

TEST_F(DatabaseFile, IsNotMadeAgainWhereItsLockShowsThatItWasThere) {
  directory_.write("vbs.sqlite.lock", "");
  expectError(ErrorCode::InvalidParameter, "shows that it was there: bring it back; to begin with a new",
              [&] { isNewDatabase(file_, false); });
  EXPECT_TRUE(isNewDatabase(file_, true));
}

}  // namespace
}  // namespace vbs::service
