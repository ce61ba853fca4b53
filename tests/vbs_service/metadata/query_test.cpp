#include "vbs_service/metadata/query.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "vbs_service/metadata/connection.h"

namespace vbs::metadata {
namespace {

class QueryTest : public testing::Test {
protected:
  QueryTest() { connection_.database().exec("CREATE TABLE cells (text TEXT, number INTEGER) STRICT"); }

  /// What is read of a column in which `value` was kept.
  template <class Value>
  Value kept(const char* column, const Value& value) {
    connection_.query("DELETE FROM cells").run();
    connection_.query(std::string("INSERT INTO cells (") + column + ") VALUES (?)", value).run();
    Query row = connection_.query("SELECT * FROM cells");
    EXPECT_TRUE(row.next());
    return row.get<Value>(column);
  }
  template <class Value>
  void expectKept(const char* column, const Value& value) {
    EXPECT_EQ(kept(column, value), value);
    EXPECT_EQ(kept(column, std::optional(value)), std::optional(value));
    EXPECT_EQ(kept(column, std::optional<Value>()), std::nullopt);
  }

  Connection connection_{":memory:", Connection::Mode::ReadWrite};
};

TEST_F(QueryTest, ReadsWhatWasBound) {
  expectKept("text", std::string("it's a \"text\"\n"));
  expectKept("text", std::string());
  expectKept("text", VolumeId("vol-0a1b2c3d"));
  expectKept("text", VmmHostname("node1"));
  expectKept("text", VolumeStatus::InUse);
  expectKept("text", SnapshotStatus::Completed);
  expectKept("text", AttachmentStatus::Detaching);
  expectKept("text", AttachmentMode::ReadWrite);
  expectKept("text", ResourceKind::Volume);
  expectKept("text", ResourceKind::Snapshot);
  expectKept("text", ResourceKind::Attachment);
  expectKept("text", OperationState::Running);
  expectKept("text", OperationState::RollingBack);
  expectKept("number", std::int64_t{1} << 40);
  expectKept("number", -1);
  expectKept("number", true);
  expectKept("number", false);
  expectKept("number", SizeGiB(SizeGiB::kMax));
  expectKept("number", TargetId(65535));
  expectKept("number", Lun(0));
  expectKept("number", Time(std::chrono::seconds(1'767'225'600)));
}

TEST_F(QueryTest, BindsByOrderOrByName) {
  connection_
      .query("INSERT INTO cells (text, number) VALUES (:text, :number), (:text, :number + 1)",
             named(":number", 1), named(":text", std::string("twice")))
      .run();
  Query rows = connection_.query("SELECT number FROM cells WHERE text = ? AND number > ?",
                                 std::string_view("twice"), 1);
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.get<int>("number"), 2);
  EXPECT_FALSE(rows.next());
}

TEST_F(QueryTest, WantsAValueForEachParameter) {
  const auto insert = [&](const auto&... values) {
    connection_.query("INSERT INTO cells (text, number) VALUES (?, ?)", values...).run();
  };
  expectError(ErrorCode::InternalError, "with 2 parameters was given 1", [&] { insert(std::string("one")); });
  expectError(ErrorCode::InternalError, "with 2 parameters was given 3",
              [&] { insert(std::string("three"), 3, 3); });
  EXPECT_THROW(connection_.query("INSERT INTO cells (text) VALUES (:text)", named(":test", 1)),
               SQLite::Exception);
}

TEST_F(QueryTest, ReadsNothingForWhatIsNotThere) {
  connection_.database().exec("INSERT INTO cells (text) VALUES ('lost')");
  Query row = connection_.query("SELECT * FROM cells");
  ASSERT_TRUE(row.next());
  EXPECT_TRUE(row.isNull("number"));
  expectError(ErrorCode::InternalError, "hold nothing in number", [&] { row.get<int>("number"); });
  expectError(ErrorCode::InternalError, "the unknown word \"lost\"", [&] { row.get<VolumeStatus>("text"); });
  expectError(ErrorCode::InvalidParameter, "is not a volume id", [&] { row.get<VolumeId>("text"); });
  EXPECT_THROW(row.get<int>("none"), SQLite::Exception);
}

}  // namespace
}  // namespace vbs::metadata
