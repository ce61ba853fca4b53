#include "common/properties/look_alikes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vbs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> lookAlikesIn(std::string_view line) {
  std::vector<std::string> found;
  for (const LookAlike& each : findLookAlikes(line)) {
    found.push_back(std::to_string(each.column) + ": " + each.message);
  }
  return found;
}

TEST(LookAlikes, ArePointedOutWithTheirColumnInCharacters) {
  EXPECT_THAT(lookAlikesIn("für = \u201Ca\u201D\u00A0b"),
              ElementsAre("7: U+201C, a typographic quotation mark, is not the \" that it looks like",
                          "9: U+201D, a typographic quotation mark, is not the \" that it looks like",
                          "10: U+00A0, a no-break space, is not the space that it looks like"));
}

TEST(LookAlikes, ThatDoNotShowSayThatTheyBelongToTheValue) {
  EXPECT_THAT(
      lookAlikesIn("a\u200Bb"),
      ElementsAre("2: U+200B, a zero width space, does not show and is part of the value all the same"));
}

TEST(LookAlikes, IncludeDashesAndFullWidthForms) {
  EXPECT_THAT(lookAlikesIn("\u2013size \u2212 \uFF1D"),
              ElementsAre("1: U+2013, an en dash, is not the - or -- that it looks like",
                          "7: U+2212, a minus sign, is not the - that it looks like",
                          "9: U+FF1D, a full-width form, is not the = that it looks like"));
}

TEST(LookAlikes, AreToldOncePerKindOfALine) {
  EXPECT_EQ(findLookAlikes("\u00A0\u00A0\u00A0").size(), 1U);
}

TEST(LookAlikes, AreNotTheLettersOfAnyLanguage) {
  EXPECT_THAT(lookAlikesIn("abc \t-\"' é ß Ж 漢字 \U0001F600"), IsEmpty());
}

}  // namespace
}  // namespace vbs
