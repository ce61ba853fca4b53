#include "cli/display_text.h"

#include <gtest/gtest.h>

using namespace std::string_literals;

namespace vbs::cli {
namespace {

TEST(DisplayText, LeavesWhatCanBeShown) {
  EXPECT_EQ(visible("data of the wiki: <&>\"\\ é 中 😀"), "data of the wiki: <&>\"\\ é 中 😀");
  EXPECT_TRUE(isSafeToPrint("é 中\nnext line"));
}

TEST(DisplayText, EscapesWhateverSteersATerminal) {
  EXPECT_EQ(visible("\x1b[2J"), "\\u001b[2J");
  EXPECT_EQ(visible("a\tb\nc\rd"), "a\\tb\\nc\\rd");
  EXPECT_EQ(visible("\x07\x08\x7f"), "\\u0007\\u0008\\u007f");
  EXPECT_EQ(visible("\xc2\x9b"
                    "2J"),
            "\\u009b2J");  // CSI in one character
  EXPECT_EQ(visible("a\0b"s), "a\\u0000b");
  EXPECT_FALSE(isSafeToPrint("\x1b[2J"));
  EXPECT_FALSE(isSafeToPrint("\x7f"));
}

TEST(DisplayText, EscapesChangesOfDirection) {
  EXPECT_EQ(visible(std::string("\xe2\x80") + "\xaegnp.exe"), "\\u202egnp.exe");
  EXPECT_EQ(visible("\u2066x\u2069"), "\\u2066x\\u2069");
}

TEST(DisplayText, EscapesBytesThatAreNoUtf8) {
  EXPECT_EQ(visible("a\xff"
                    "b"),
            "a\\xffb");
  EXPECT_EQ(visible("\xc3"), "\\xc3");           // ends within a character
  EXPECT_EQ(visible("\xc0\xaf"), "\\xc0\\xaf");  // overlong
  EXPECT_EQ(visible("\xed\xa0\x80"), "\\xed\\xa0\\x80");
}

TEST(DisplayText, CanBeHadBackFromItsEscapedForm) {
  EXPECT_EQ(escaped("C:\\new\tx"), "C:\\\\new\\tx");
}

TEST(DisplayText, CountsColumnsAsATerminalDoes) {
  EXPECT_EQ(columnsOf("abc"), 3);
  EXPECT_EQ(columnsOf("é"), 1);
  EXPECT_EQ(columnsOf("e\u0301"), 1);
  EXPECT_EQ(columnsOf("中文"), 4);
}

TEST(DisplayText, IsCutOnCharactersAndNeverWiderThanAllowed) {
  EXPECT_EQ(cutTo("abcdef", 6), "abcdef");
  EXPECT_EQ(cutTo("abcdefg", 6), "abcde…");
  EXPECT_EQ(cutTo("ééééééé", 6), "ééééé…");
  EXPECT_EQ(cutTo("中文中文", 6), "中文…");
  EXPECT_EQ(cutTo("ab", 1), "…");
  EXPECT_EQ(cutTo("", 1), "");
}

}  // namespace
}  // namespace vbs::cli
