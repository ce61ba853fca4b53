#include "vbs_service/metadata/page_token.h"

#include "support/expect_error.h"

namespace vbs::metadata {
namespace {

TEST(PageToken, SaysWhereTheNextPageBegins) {
  EXPECT_EQ(parsePageToken("volumes", pageToken("volumes", 42)), 42);
  EXPECT_EQ(parsePageToken("volumes", pageToken("volumes", 0)), 0);
}

TEST(PageToken, RefusesWhatNoPageGave) {
  for (const char* bad :
       {"", "42", "volumes", "volumes-", "volumes--1", "volumes-1x", "volumes-99999999999999999999",
        "snapshots-1", "VOLUMES-1", "volumes- 1", "volumes-0x1"}) {
    expectError(ErrorCode::InvalidParameter, "nextToken", [&] { parsePageToken("volumes", bad); });
  }
}

}  // namespace
}  // namespace vbs::metadata
