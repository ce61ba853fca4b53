#include "cli/endpoint.h"

#include <gtest/gtest.h>

namespace vbs::cli {
namespace {

TEST(Endpoint, OfTheAdministrationLiesUnderThatOfTheService) {
  EXPECT_EQ(adminEndpoint("http://storage:8090/vbs"), "http://storage:8090/vbs/admin");
  EXPECT_EQ(adminEndpoint("http://storage:8090/vbs/"), "http://storage:8090/vbs/admin");
  EXPECT_EQ(adminEndpoint("http://proxy/cloud/vbs"), "http://proxy/cloud/vbs/admin");
}

TEST(Endpoint, IsProbablyMeantToEndInTheUsualPath) {
  EXPECT_EQ(likelyEndpoint("http://127.0.0.1:8090"), "http://127.0.0.1:8090/vbs");
  EXPECT_EQ(likelyEndpoint("http://127.0.0.1:8090/"), "http://127.0.0.1:8090/vbs");
  EXPECT_EQ(likelyEndpoint("http://[::1]:8090/VBS"), "http://[::1]:8090/vbs");
  EXPECT_EQ(likelyEndpoint("http://storage:8090/vbs/"), "http://storage:8090/vbs");
  EXPECT_EQ(likelyEndpoint("http://storage:8090/vbs/admin"), "http://storage:8090/vbs");
  EXPECT_EQ(likelyEndpoint("http://proxy/cloud/vbs/"), "http://proxy/cloud/vbs");
}

TEST(Endpoint, IsNotGuessedAnewWhenItEndsInTheUsualPath) {
  EXPECT_EQ(likelyEndpoint("http://127.0.0.1:8090/vbs"), std::nullopt);
  EXPECT_EQ(likelyEndpoint("http://proxy/cloud/vbs"), std::nullopt);
  EXPECT_EQ(likelyEndpoint("nowhere"), std::nullopt);
}

}  // namespace
}  // namespace vbs::cli
