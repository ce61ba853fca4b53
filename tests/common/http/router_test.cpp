#include "common/http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/http/health_resource.h"
#include "fakes/fake_resource.h"

namespace vbs::http {
namespace {

class Untold final : public fakes::FakeResource {
public:
  std::string_view path() const override { return "/vbs/admin"; }
  bool isTold() const override { return false; }
};

class RouterTest : public testing::Test {
protected:
  std::variant<Resource*, Response> route(std::string path) const {
    return router_.route({.method = "POST",
                          .target = {.authority = {}, .path = std::move(path), .query = {}},
                          .headers = {},
                          .body = {},
                          .peer = {},
                          .site = {}});
  }

  HealthResource health_;
  fakes::FakeResource told_;
  Untold untold_;
  Router router_{{&health_, &told_, &untold_}};
};

TEST_F(RouterTest, GivesARequestToTheResourceAtItsPath) {
  EXPECT_EQ(std::get<Resource*>(route("/vbs")), &told_);
  EXPECT_EQ(std::get<Resource*>(route("/vbs/admin")), &untold_);
}

TEST_F(RouterTest, AnswersWhatNeedsNoBody) {
  EXPECT_EQ(std::get<Response>(route("/healthz")).status, 405);
}

TEST_F(RouterTest, NamesToWhoeverGuessesWhatMayBeTold) {
  const auto refusal = std::get<Response>(route("/admin"));
  EXPECT_EQ(refusal.status, 404);
  EXPECT_EQ(refusal.body, "nothing is at /admin; there is /healthz, /vbs\n");
}

}  // namespace
}  // namespace vbs::http
