#include "common/http/target.h"

#include <gtest/gtest.h>

namespace vbs::http {
namespace {

TEST(Target, IsTakenApart) {
  const Target plain = parseTarget("/vbs?wsdl");
  EXPECT_EQ(plain.authority, "");
  EXPECT_EQ(plain.path, "/vbs");
  EXPECT_EQ(plain.query, "wsdl");
  const Target whole = parseTarget("http://storage.example:81/vbs/?a?b");
  EXPECT_EQ(whole.authority, "storage.example:81");
  EXPECT_EQ(whole.path, "/vbs");
  EXPECT_EQ(whole.query, "a?b");
  EXPECT_EQ(parseTarget("/").path, "/");
  EXPECT_EQ(parseTarget("").path, "");
  EXPECT_EQ(parseTarget("http://host").path, "");
  EXPECT_EQ(parseTarget("http://host?q").query, "q");
  EXPECT_EQ(parseTarget("/vbs?").query, "");
}

}  // namespace
}  // namespace vbs::http
