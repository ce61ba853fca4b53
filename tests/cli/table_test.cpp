#include "cli/table.h"

#include <gtest/gtest.h>

namespace vbs::cli {
namespace {

TEST(Table, AlignsByWhatACharacterTakesOnATerminal) {
  Table table({{.title = "ID"}, {.title = "SIZE", .align = Column::Align::Right}, {.title = "COMMENT"}});
  table.add({"中文", "1 GiB", "a"});
  table.add({"é", "1000 GiB", "b"});
  EXPECT_EQ(table.render({}),
            "ID        SIZE  COMMENT\n"
            "中文     1 GiB  a\n"
            "é     1000 GiB  b\n");
}

TEST(Table, LeavesNoSpacesAtTheEndOfALine) {
  Table table({{.title = "ID"}, {.title = "COMMENT"}});
  table.add({"a", ""});
  EXPECT_EQ(table.render({}), "ID  COMMENT\na\n");
}

TEST(Table, LeavesOutOptionalColumnsThatAreEmpty) {
  Table table({{.title = "ID"}, {.title = "REASON", .optional = true}, {.title = "COMMENT"}});
  table.add({"a", "", "x"});
  EXPECT_EQ(table.render({}), "ID  COMMENT\na   x\n");
}

TEST(Table, CutsTheWidestCuttableColumnsToFitATerminal) {
  Table table(
      {{.title = "ID"}, {.title = "REASON", .cuttable = true}, {.title = "COMMENT", .cuttable = true}});
  table.add({"vol-0a1b2c3d", "0123456789", "abcdefghijklmnopqrstuvwxyz"});
  EXPECT_EQ(table.render(36),
            "ID            REASON      COMMENT\n"
            "vol-0a1b2c3d  0123456789  abcdefghi…\n");
  EXPECT_EQ(table.render(54), table.render({}));
}

TEST(Table, CutsNothingElseHoweverNarrowTheTerminal) {
  Table table({{.title = "ID"}, {.title = "COMMENT", .cuttable = true}});
  table.add({"vol-0a1b2c3d", "abcdefghijklmnopqrstuvwxyz"});
  EXPECT_EQ(table.render(5),
            "ID            COMMENT\n"
            "vol-0a1b2c3d  abcdefg…\n");
}

TEST(Table, EscapesWhatSteersATerminal) {
  Table table({{.title = "COMMENT"}});
  table.add({"\x1b[31mred\nnext"});
  EXPECT_EQ(table.render({}), "COMMENT\n\\u001b[31mred\\nnext\n");
}

}  // namespace
}  // namespace vbs::cli
