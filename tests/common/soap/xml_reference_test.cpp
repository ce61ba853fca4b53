#include "common/soap/xml_reference.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace vbs::soap {
namespace {

/// What `name` stands for in content; "none" when it is no reference.
std::string resolved(const std::string& name, ReferencePlace place = ReferencePlace::Content) {
  return resolveReference(name, place).value_or("none");
}

/// Every spelling of `code` in decimal and hexadecimal digits, with up to eight zeros before them.
std::vector<std::string> spellingsOf(unsigned code) {
  std::vector<std::string> names;
  for (std::size_t zeros = 0; zeros <= 8; ++zeros) {
    const std::string padding(zeros, '0');
    names.push_back(fmt::format("#{}{}", padding, code));
    names.push_back(fmt::format("#x{}{:x}", padding, code));
    names.push_back(fmt::format("#x{}{:X}", padding, code));
  }
  return names;
}

struct Case {
  unsigned code;
  std::string text;
};

TEST(XmlReference, IsTheCharacterInUtf8HoweverItIsSpelled) {
  for (const auto& [code, text] : std::vector<Case>{{0x09, "\t"},
                                                    {0x0A, "\n"},
                                                    {0x0D, "\r"},
                                                    {0x20, " "},
                                                    {'A', "A"},
                                                    {0x7E, "~"},
                                                    {0x80, "\xC2\x80"},
                                                    {0xE9, "\xC3\xA9"},
                                                    {0x7FF, "\xDF\xBF"},
                                                    {0x800, "\xE0\xA0\x80"},
                                                    {0x20AC, "\xE2\x82\xAC"},
                                                    {0xD7FF, "\xED\x9F\xBF"},
                                                    {0xE000, "\xEE\x80\x80"},
                                                    {0xFFFD, "\xEF\xBF\xBD"},
                                                    {0x10000, "\xF0\x90\x80\x80"},
                                                    {0x1F600, "\xF0\x9F\x98\x80"},
                                                    {0x10FFFF, "\xF4\x8F\xBF\xBF"}}) {
    for (const std::string& name : spellingsOf(code)) EXPECT_EQ(resolved(name), text) << name;
  }
}

TEST(XmlReference, ToMarkupIsAnEntityHoweverItIsSpelled) {
  for (const auto& [code, text] :
       std::vector<Case>{{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}, {'\'', "&apos;"}}) {
    for (const std::string& name : spellingsOf(code)) EXPECT_EQ(resolved(name), text) << name;
    EXPECT_EQ(resolved(text.substr(1, text.size() - 2)), text);
  }
}

TEST(XmlReference, ToATabOrLineEndStaysAReferenceInAnAttribute) {
  for (const auto& [code, text] : std::vector<Case>{{0x09, "&#x9;"}, {0x0A, "&#xA;"}, {0x0D, "&#xD;"}}) {
    for (const std::string& name : spellingsOf(code)) {
      EXPECT_EQ(resolved(name, ReferencePlace::Attribute), text) << name;
    }
  }
  EXPECT_EQ(resolved("#32", ReferencePlace::Attribute), " ");
}

TEST(XmlReference, ToWhatIsNoXmlCharacterIsNone) {
  for (const unsigned code : {0x0U, 0x1U, 0x8U, 0xBU, 0xCU, 0xEU, 0x1FU, 0x7FU, 0xD800U, 0xDBFFU, 0xDC00U,
                              0xDFFFU, 0xFFFEU, 0xFFFFU, 0x110000U, 0x1FFFFFU, 0x200000U, 0xFFFFFFFFU}) {
    for (const std::string& name : spellingsOf(code)) EXPECT_EQ(resolved(name), "none") << name;
  }
}

TEST(XmlReference, ThatIsMisspelledIsNone) {
  for (const std::string name : {"",
                                 "#",
                                 "#x",
                                 "#X41",
                                 "x41",
                                 "65",
                                 "#-1",
                                 "#+1",
                                 "#6 5",
                                 " #65",
                                 "#65 ",
                                 "#xg",
                                 "#0x41",
                                 "#6_5",
                                 "#4294967361",
                                 "#x100000041",
                                 "#99999999999999999999",
                                 "LT",
                                 "nbsp",
                                 "lt ",
                                 "amp;amp"}) {
    EXPECT_EQ(resolved(name), "none") << name;
  }
}

}  // namespace
}  // namespace vbs::soap
