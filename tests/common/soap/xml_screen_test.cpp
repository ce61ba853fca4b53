#include "common/soap/xml_screen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/model/error.h"

namespace vbs::soap {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

/// What screenXml says of `message`; empty when it accepts it.
std::string refusalOf(const std::string& message) {
  try {
    std::string rewritten;
    screenXml(message, rewritten);
    return {};
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidParameter);
    return error.what();
  }
}

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += "<a>";
  for (std::size_t i = 0; i < depth; ++i) text += "</a>";
  return text;
}

std::string withAttributes(std::size_t count) {
  std::string text = "<a";
  for (std::size_t i = 0; i < count; ++i) text += " b" + std::to_string(i) + "='1'";
  return text + "/>";
}

TEST(XmlScreen, AcceptsWhatClientsSend) {
  EXPECT_EQ(refusalOf("<a/>"), "");
  EXPECT_EQ(refusalOf("\xEF\xBB\xBF<a/>"), "");
  EXPECT_EQ(refusalOf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<a></a>\n"), "");
  EXPECT_EQ(refusalOf("<?xml version='1.0' encoding='us-ascii' standalone='yes'?><a/>"), "");
  EXPECT_EQ(refusalOf("<!-- before --><a x = \"1\" y='>'><b:c-d.e xmlns:b=\"urn:b\" /></a ><!-- after -->"),
            "");
  EXPECT_EQ(refusalOf("<a>&lt;&gt;&amp;&quot;&apos;&#9;&#xA;&#x1F600;&#233;</a>"), "");
  EXPECT_EQ(refusalOf("<a>h\xC3\xA9llo \xF0\x9F\x98\x80 > \t\r\n</a>"), "");
  EXPECT_EQ(refusalOf("<a><![CDATA[<!DOCTYPE b> & </a> ]]></a>"), "");
}

TEST(XmlScreen, RefusesAnEmptyMessage) {
  EXPECT_EQ(refusalOf(""), "the message is empty");
  EXPECT_EQ(refusalOf(" \r\n\t"), "the message is empty");
}

TEST(XmlScreen, RefusesBytesThatAreNotUtf8) {
  for (const std::string& bytes : {"\xFF\xFE"s, "\xC0\xAF"s, "\xED\xA0\x80"s, "\xF4\x90\x80\x80"s, "\xC3"s}) {
    EXPECT_THAT(refusalOf("<a>" + bytes + "</a>"), HasSubstr("not UTF-8"));
    EXPECT_THAT(refusalOf("<a b=\"" + bytes + "\"/>"), HasSubstr("not UTF-8"));
  }
}

TEST(XmlScreen, RefusesControlCharactersAsBytes) {
  for (const std::string& bytes : {"\0"s, "\x01"s, "\x1F"s, "\x7F"s, "\xEF\xBF\xBE"s, "\xEF\xBF\xBF"s}) {
    EXPECT_THAT(refusalOf("<a>x" + bytes + "y</a>"), HasSubstr("characters that XML forbids"));
  }
}

TEST(XmlScreen, RefusesControlCharactersAsReferences) {
  for (const std::string reference :
       {"#0", "#1", "#x0", "#x1F", "#127", "#xD800", "#xFFFE", "#xFFFF", "#x110000", "#99999999999999999999",
        "#-1", "#+1", "#", "#x", "#xg", "#X41"}) {
    EXPECT_THAT(refusalOf("<a>&" + reference + ";</a>"), HasSubstr("&" + reference + ";")) << reference;
    EXPECT_THAT(refusalOf("<a b='&" + reference + ";'/>"), HasSubstr("&" + reference + ";")) << reference;
  }
}

TEST(XmlScreen, RefusesUndefinedEntities) {
  EXPECT_THAT(refusalOf("<a>&xxe;</a>"), HasSubstr("&xxe;, which is no predefined entity"));
  EXPECT_THAT(refusalOf("<a>fish & chips</a>"), HasSubstr("& that begins no reference"));
}

TEST(XmlScreen, RefusesDeclarationsAndInstructions) {
  EXPECT_THAT(refusalOf("<!DOCTYPE a [<!ENTITY b \"c\">]><a/>"), HasSubstr("DOCTYPE"));
  EXPECT_THAT(refusalOf("<a><!ELEMENT b></a>"), HasSubstr("DOCTYPE or other declaration"));
  EXPECT_THAT(refusalOf("<a><?php x ?></a>"), HasSubstr("processing instruction"));
  EXPECT_THAT(refusalOf(" <?xml version=\"1.0\"?><a/>"), HasSubstr("processing instruction"));
  EXPECT_THAT(refusalOf("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>"), HasSubstr("encoding"));
  EXPECT_THAT(refusalOf("<?xml version=\"1.0\""), HasSubstr("unfinished XML declaration"));
}

TEST(XmlScreen, RefusesWhatIsCutShort) {
  const std::string whole = "<a b='1'><c>text &amp; more</c><!-- d --><![CDATA[e]]></a>";
  ASSERT_EQ(refusalOf(whole), "");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(refusalOf(whole.substr(0, length)), "") << length;
  }
}

TEST(XmlScreen, RefusesTagsThatDoNotMatch) {
  EXPECT_THAT(refusalOf("<a></b>"), HasSubstr("</b> where </a> is expected"));
  EXPECT_THAT(refusalOf("</a>"), HasSubstr("</a> where no element is open"));
  EXPECT_THAT(refusalOf("<a/><b/>"), HasSubstr("a second element"));
  EXPECT_THAT(refusalOf("<a/>text"), HasSubstr("text outside"));
  EXPECT_THAT(refusalOf("<a/><![CDATA[x]]>"), HasSubstr("text outside"));
  EXPECT_THAT(refusalOf("<1a/>"), HasSubstr("without a name"));
  EXPECT_THAT(refusalOf("<a>]]></a>"), HasSubstr("]]>"));
}

TEST(XmlScreen, RefusesMalformedAttributes) {
  EXPECT_THAT(refusalOf("<a b/>"), HasSubstr("attribute b without a value"));
  EXPECT_THAT(refusalOf("<a b=1/>"), HasSubstr("attribute b without quotes"));
  EXPECT_THAT(refusalOf("<a b="), HasSubstr("attribute b without quotes"));
  EXPECT_THAT(refusalOf("<a b='<'/>"), HasSubstr("< in an attribute value"));
  EXPECT_THAT(refusalOf("<a b='1' b='2'/>"), HasSubstr("attribute b twice"));
  EXPECT_THAT(refusalOf("<a b='1'c='2'/>"), HasSubstr("unexpected character"));
}

TEST(XmlScreen, RefusesReferencesBetweenElements) {
  EXPECT_THAT(refusalOf("<a href=\"#b\"/>"), HasSubstr("a reference to another element"));
  EXPECT_THAT(refusalOf("<a s:ref=\"b\"/>"), HasSubstr("a reference to another element"));
  EXPECT_EQ(refusalOf("<a id=\"b\"/>"), "");
}

TEST(XmlScreen, BoundsTheNesting) {
  EXPECT_EQ(refusalOf(nested(kMaxDepth)), "");
  EXPECT_THAT(refusalOf(nested(kMaxDepth + 1)), HasSubstr("nested deeper than 32"));
  EXPECT_THAT(refusalOf(nested(100'000)), HasSubstr("nested deeper than 32"));
}

TEST(XmlScreen, BoundsTheAttributesOfAnElement) {
  EXPECT_EQ(refusalOf(withAttributes(kMaxAttributes)), "");
  EXPECT_THAT(refusalOf(withAttributes(kMaxAttributes + 1)), HasSubstr("more than 64 attributes"));
}

TEST(XmlScreen, SaysAtWhichByte) {
  EXPECT_THAT(refusalOf("<a>\n<b></c></a>"), HasSubstr("(byte 7)"));
}

}  // namespace
}  // namespace vbs::soap
