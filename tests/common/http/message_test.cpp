#include "common/http/message.h"

#include <gtest/gtest.h>

namespace vbs::http {
namespace {

TEST(Headers, AreFoundInWhateverCase) {
  const Headers headers{
      {"X-Forwarded-Host", "forged"}, {"Content-Type", "text/xml"}, {"x-forwarded-host", "real"}};
  EXPECT_EQ(valueOf(headers, "content-TYPE"), "text/xml");
  EXPECT_EQ(valueOf(headers, "X-Forwarded-Host"), "forged");
  EXPECT_EQ(lastValueOf(headers, "X-Forwarded-Host"), "real");
  EXPECT_EQ(valueOf(headers, "Host"), "");
}

}  // namespace
}  // namespace vbs::http
