#include "common/model/text.h"

#include <gtest/gtest.h>

namespace vbs {
namespace {

TEST(XmlText, AcceptsWhatXmlAccepts) {
  EXPECT_TRUE(isXmlText(""));
  EXPECT_TRUE(isXmlText("tab\tline\ncr\r <&> äöü € 漢字 😀"));
  EXPECT_TRUE(isXmlText("\xF4\x8F\xBF\xBD"));  // U+10FFFD
}

TEST(XmlText, RefusesControlCharactersAndBadUtf8) {
  using namespace std::string_view_literals;
  for (const auto bad :
       {"a\0b"sv, "\x01"sv, "\x1F"sv, "\x7F"sv, "\xFF"sv, "\xC0\xAF"sv, "\xED\xA0\x80"sv, "\xE2\x82"sv,
        "\x80"sv, "\xEF\xBF\xBE"sv, "\xEF\xBF\xBF"sv, "\xF4\x90\x80\x80"sv, "\xF0\x80\x80\x80"sv}) {
    EXPECT_FALSE(isXmlText(bad));
    EXPECT_TRUE(isXmlText(printable(bad)));
  }
}

TEST(Printable, CutsOnACharacterBoundary) {
  EXPECT_EQ(printable("ääää", 5), "ää...");
  EXPECT_EQ(printable("abc", 3), "abc");
  EXPECT_EQ(printableTail("ääää", 5), "ää");
  EXPECT_EQ(printableTail("line\nlast", 4), "last");
}

TEST(CharacterCount, CountsCodePoints) {
  EXPECT_EQ(characterCount("aä€😀"), 4U);
}

}  // namespace
}  // namespace vbs
