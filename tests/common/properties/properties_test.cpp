#include "common/properties/properties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace vbs {

bool operator==(const Property& a, const Property& b) {
  return a.key == b.key && a.value == b.value && a.line == b.line;
}
// GoogleTest wants this name.
void PrintTo(const Property& property, std::ostream* out) {  // NOLINT(readability-identifier-naming)
  *out << property.line << ": " << property.key << " = " << property.value;
}

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> faultsOf(std::string_view text) {
  std::vector<std::string> faults;
  for (const auto& fault : readProperties(text).faults) {
    faults.push_back(std::to_string(fault.line) + ": " + fault.message);
  }
  return faults;
}

TEST(Properties, ReadsBothSeparatorsAndTrims) {
  EXPECT_THAT(readProperties("a.b = c d \n\tx-y:z=1\n").properties,
              ElementsAre(Property{"a.b", "c d", 1}, Property{"x-y", "z=1", 2}));
}

TEST(Properties, SkipsCommentsAndEmptyLines) {
  EXPECT_THAT(readProperties("# a = 1 \\\n  ! b\n\n \t\nc = # no comment\n").properties,
              ElementsAre(Property{"c", "# no comment", 5}));
}

TEST(Properties, ContinuesLinesAndKeepsTheNumberOfTheFirst) {
  EXPECT_THAT(readProperties("a = b \\\n    c\\\n  d\ne=f\n").properties,
              ElementsAre(Property{"a", "b cd", 1}, Property{"e", "f", 4}));
}

TEST(Properties, OnlyAnOddNumberOfBackslashesContinues) {
  EXPECT_THAT(readProperties("a = b\\\\\nc = d\\\\\\\ne\n").properties,
              ElementsAre(Property{"a", "b\\\\", 1}, Property{"c", "d\\\\e", 2}));
}

TEST(Properties, KeepsBackslashesSoThatRegularExpressionsStayReadable) {
  EXPECT_THAT(readProperties("a = ^(\\d+)\\s<\\<\n").properties,
              ElementsAre(Property{"a", R"(^(\d+)\s<\<)", 1}));
}

TEST(Properties, ReadsLinesOfAllSystemsAndAByteOrderMark) {
  EXPECT_THAT(readProperties("\xEF\xBB\xBF"
                             "a=1\r\nb=2\rc=3\n")
                  .properties,
              ElementsAre(Property{"a", "1", 1}, Property{"b", "2", 2}, Property{"c", "3", 3}));
}

TEST(Properties, ADuplicateNamesBothLines) {
  EXPECT_THAT(faultsOf("a=1\n\na=2\n"), ElementsAre("3: a: given a second time, first on line 1"));
}

TEST(Properties, FindsAllFaultsAtOnce) {
  EXPECT_THAT(faultsOf("just words\n=x\na b = c\nd = \xff\n# \x01\ne = \\\n"),
              ElementsAre(HasSubstr("1: expected key = value, found \"just words\""),
                          HasSubstr("2: \"\" is no key"), HasSubstr("3: \"a b\" is no key"),
                          HasSubstr("4: is no UTF-8 text"), HasSubstr("5: is no UTF-8 text"),
                          HasSubstr("6: the file ends where a backslash continues")));
}

TEST(Properties, OfAFileThatWasCutAreFaultyAtItsLastLine) {
  const std::string cut =
      "the last line has no end, so the file may have been cut (by a full disk, say): see that "
      "all of it is there, then end the line";
  EXPECT_THAT(faultsOf("a = 1\nb = 2"), ElementsAre("2: " + cut));
  EXPECT_THAT(faultsOf("a = 1\n# the next"), ElementsAre("2: " + cut));
  EXPECT_THAT(faultsOf("a = 1\r\nb = 2\r"), ElementsAre());
}

TEST(Properties, AreNotInAFileThatIsEmpty) {
  for (const char* text : {"", "\n \r\n\t", "\xEF\xBB\xBF"})
    EXPECT_THAT(faultsOf(text), ElementsAre("0: is empty"));
}

TEST(Properties, MayRepeatOnlyTheKeysThatAreSaidTo) {
  const ReadProperties read = readProperties("a=1\nb=1\na=2\nb=2\n", {"a"});
  EXPECT_THAT(read.properties,
              ElementsAre(Property{"a", "1", 1}, Property{"b", "1", 2}, Property{"a", "2", 3}));
  EXPECT_EQ(read.faults.size(), 1U);
}

TEST(Properties, RefuseTheEscapesThatOnlyJavaWrites) {
  EXPECT_THAT(
      faultsOf("a = iscsi\\://x\nb = c\\=d\nc = \\#\nd = \\!\ne = \\u00e9\n"),
      ElementsAre("1: a: \\: is how java.util.Properties.store writes a plain :, and is not read so: a "
                  "backslash stays as it is here; write the value plainly",
                  HasSubstr("2: b: \\= is how"), HasSubstr("3: c: \\# is how"), HasSubstr("4: d: \\! is how"),
                  HasSubstr("5: e: \\u00e9 is how")));
}

TEST(Properties, RefuseDoubledBackslashesBelowTheDateThatJavaWrites) {
  EXPECT_THAT(
      faultsOf("#Sat Nov 28 14:29:52 UTC 2026\na = ^\\\\d+\n"),
      ElementsAre(
          "2: a: \\\\ is how java.util.Properties.store writes one backslash, and is not read so: a "
          "backslash stays as it is here; write the value plainly and remove Java's date from line 1"));
  EXPECT_THAT(faultsOf("# of Sat Nov 28 2026\na = find -printf %f\\\\n\n"), ElementsAre());
}

TEST(Properties, AnEscapedBackslashBeforeAColonIsNoEscapeOfJava) {
  EXPECT_THAT(faultsOf("a = C\\\\:d\n"), ElementsAre());
}

TEST(Properties, PointOutCharactersThatLookLikeOthersButNotInComments) {
  EXPECT_THAT(faultsOf("# \u201Cany\u201D\na = b \\\n  \u2013c\n"),
              ElementsAre("3: U+2013, an en dash, is not the - or -- that it looks like"));
  EXPECT_EQ(readProperties("a = b \\\n  \u2013c\n").faults.at(0).column, 3);
}

TEST(Properties, AnInvisibleCharacterInAKeyIsOneFault) {
  EXPECT_THAT(faultsOf("\u00A0a = b\n"), ElementsAre(HasSubstr("1: U+00A0, a no-break space")));
}

TEST(Properties, AnyBytesGiveGoodKeysOrFaults) {
  std::mt19937 random(42);  // NOLINT(cert-msc51-cpp): the same bytes in every run
  const std::string alphabet = std::string("ab.=:#!\\\n\r \t\xc3\xa9\xff") + '\0';
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (auto length = random() % 40; length > 0; --length) {
      text += round % 2 == 0 ? alphabet[random() % alphabet.size()] : static_cast<char>(random());
    }
    const auto lines = 1 + static_cast<int>(text.size());
    const ReadProperties read = readProperties(text);
    for (const Property& property : read.properties) {
      EXPECT_EQ(property.key.find_first_of(" \t\n\r=:\\"), std::string::npos) << text;
      EXPECT_TRUE(property.line >= 1 && property.line <= lines) << text;
    }
    for (const PropertyFault& fault : read.faults) {
      EXPECT_TRUE(fault.line >= 0 && fault.line <= lines) << text;
    }
  }
}

}  // namespace
}  // namespace vbs
