#include "common/soap/version.h"

#include <gtest/gtest.h>

#include "common/soap/refusal.h"

namespace vbs::soap {
namespace {

TEST(ContentType, TellsTheVersion) {
  EXPECT_EQ(versionOf("text/xml"), Version::Soap11);
  EXPECT_EQ(versionOf("TEXT/XML; Charset=\"UTF-8\""), Version::Soap11);
  EXPECT_EQ(versionOf("text/xml;charset=us-ascii"), Version::Soap11);
  EXPECT_EQ(versionOf("application/soap+xml; action=\"urn:a;b\"; charset=utf-8"), Version::Soap12);
}

TEST(ContentType, MaySpellUtf8AsPeopleDo) {
  for (const char* charset :
       {"utf-8", "UTF-8", "utf8", "UTF8", "Utf_8", "\"utf-8\"", "'UTF8'", " utf-8 ", "ascii", ""}) {
    EXPECT_EQ(versionOf(std::string("text/xml; charset=") + charset), Version::Soap11) << charset;
  }
  EXPECT_EQ(versionOf("application/soap+xml; action=\"a\"; CharSet = utf8"), Version::Soap12);
}

TEST(ContentType, IsRefusedWhenItIsNoSoap) {
  for (const char* type : {"", "text/plain", "application/json", "text/html", "application/xml", "text/xmlx",
                           "multipart/related; type=\"text/xml\"", "application/x-www-form-urlencoded",
                           "text/xml; charset=iso-8859-1", "application/soap+xml; charset=utf-16",
                           "text/xml; charset=\"utf-16le\"", "text/xml; charset=utf-88", ";text/xml"}) {
    try {
      versionOf(type);
      ADD_FAILURE() << type << " was accepted";
    } catch (const Refusal& refusal) {
      EXPECT_EQ(refusal.reason(), Refusal::Reason::MediaType) << type;
    }
  }
}

TEST(ContentType, OfOurOwnMessagesIsUnderstood) {
  for (const Version version : {Version::Soap11, Version::Soap12}) {
    EXPECT_EQ(versionOf(contentTypeOf(version)), version);
  }
}

}  // namespace
}  // namespace vbs::soap
