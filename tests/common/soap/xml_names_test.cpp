#include "common/soap/xml_names.h"

#include <gtest/gtest.h>

namespace vbs::soap {
namespace {

constexpr const char* kXsi = "http://www.w3.org/2001/XMLSchema-instance";
constexpr const char* kXsd = "http://www.w3.org/2001/XMLSchema";

TEST(XmlNames, KnowAnXsiTypeByItsNamespace) {
  XmlNames names;
  names.enter(0);
  names.declare("xmlns:i", kXsi);
  names.declare("xmlns:x", "urn:x");
  EXPECT_TRUE(names.isTypeAttribute("i:type"));
  EXPECT_FALSE(names.isTypeAttribute("x:type"));
  EXPECT_FALSE(names.isTypeAttribute("type"));
  EXPECT_FALSE(names.isTypeAttribute("i:nil"));
  EXPECT_FALSE(names.isTypeAttribute("undeclared:type"));
}

TEST(XmlNames, SayHowAValueIsWritten) {
  XmlNames names;
  names.enter(0);
  names.declare("xmlns:s", kXsd);
  names.declare("xmlns:e", "http://schemas.xmlsoap.org/soap/encoding/");
  names.declare("xmlns:v", "urn:vbs:types:1");
  EXPECT_EQ(names.kindOfType("s:int"), TypeKind::Plain);
  EXPECT_EQ(names.kindOfType(" e:string "), TypeKind::Plain);
  EXPECT_EQ(names.kindOfType("s:base64Binary"), TypeKind::Encoded);
  EXPECT_EQ(names.kindOfType("s:hexBinary"), TypeKind::Encoded);
  EXPECT_EQ(names.kindOfType("e:base64"), TypeKind::Encoded);
  EXPECT_EQ(names.kindOfType("v:comment"), TypeKind::Other);
  EXPECT_EQ(names.kindOfType("undeclared:base64Binary"), TypeKind::Other);
  EXPECT_EQ(names.kindOfType("base64Binary"), TypeKind::Other);
}

TEST(XmlNames, AreThoseOfTheInnermostDeclaration) {
  XmlNames names;
  names.enter(0);
  names.declare("xmlns", kXsd);
  names.enter(1);
  names.declare("xmlns", "urn:x");
  names.enter(2);
  EXPECT_EQ(names.kindOfType("base64Binary"), TypeKind::Other);
  names.enter(1);  // a brother of the inner one
  EXPECT_EQ(names.kindOfType("base64Binary"), TypeKind::Encoded);
}

}  // namespace
}  // namespace vbs::soap
