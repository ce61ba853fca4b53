#include "common/command/properties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace vbs::command {

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
  EXPECT_THAT(readProperties("# a = 1 \\\n  ! b\n\n \t\nc = # no comment").properties,
              ElementsAre(Property{"c", "# no comment", 5}));
}

TEST(Properties, ContinuesLinesAndKeepsTheNumberOfTheFirst) {
  EXPECT_THAT(readProperties("a = b \\\n    c\\\n  d\ne=f").properties,
              ElementsAre(Property{"a", "b cd", 1}, Property{"e", "f", 4}));
}

TEST(Properties, OnlyAnOddNumberOfBackslashesContinues) {
  EXPECT_THAT(readProperties("a = b\\\\\nc = d\\\\\\\ne").properties,
              ElementsAre(Property{"a", "b\\\\", 1}, Property{"c", "d\\\\e", 2}));
}

TEST(Properties, KeepsBackslashesSoThatRegularExpressionsStayReadable) {
  EXPECT_THAT(readProperties(R"(a = ^(\d+)\s<\<)").properties,
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
  EXPECT_THAT(faultsOf("just words\n=x\na b = c\nd = \xff\n# \x01\ne = \\"),
              ElementsAre(HasSubstr("1: expected key = value, found \"just words\""),
                          HasSubstr("2: \"\" is no key"), HasSubstr("3: \"a b\" is no key"),
                          HasSubstr("4: is no UTF-8 text"), HasSubstr("5: is no UTF-8 text"),
                          HasSubstr("6: the file ends where a backslash continues")));
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
    for (const PropertyFault& fault : read.faults)
      EXPECT_TRUE(fault.line >= 1 && fault.line <= lines) << text;
  }
}

}  // namespace
}  // namespace vbs::command
