// What a real target answers is tested with tgtd, in tests/e2e.
#include "qmp/target_login.h"

#include <gmock/gmock.h>

#include "qmp/open_port.h"

namespace vbs::qmp {
namespace {

using ::testing::HasSubstr;
using Outcome = Login::Outcome;

const std::optional<TargetName> kInitiator("iqn.2009-09.org.example:host1");

IscsiUrl at(const std::string& portal) {
  return {Portal(portal), TargetName("iqn.2009-09.org.example:vol-0a1b2c3d"), Lun(1)};
}

Deadline in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

std::string closedPortal() {
  return OpenPort().portal();
}

TEST(TargetLogin, HasNoAnswerFromAPortThatNobodyListensOn) {
  const Login login = tryLogin(at(closedPortal()), kInitiator, in(std::chrono::seconds(60)));
  EXPECT_EQ(login.outcome, Outcome::NoAnswer);
  EXPECT_THAT(login.reason, HasSubstr("Connection refused"));
}

TEST(TargetLogin, HasNoAnswerFromAHostThatIsUnknown) {
  const Login login = tryLogin(at("nowhere.invalid:3260"), kInitiator, in(std::chrono::seconds(60)));
  EXPECT_EQ(login.outcome, Outcome::NoAnswer);
  EXPECT_FALSE(login.reason.empty());
}

TEST(TargetLogin, GivesUpOnAPortalThatSaysNothing) {
  const OpenPort portal;
  const Login login = tryLogin(at(portal.portal()), kInitiator, in(std::chrono::milliseconds(300)));
  EXPECT_EQ(login.outcome, Outcome::NoAnswer);
  EXPECT_EQ(login.reason, "no answer in time");
}

TEST(TargetLogin, TriesOnlyThePortalWithoutAnInitiatorName) {
  const OpenPort portal;
  const auto soon = in(std::chrono::seconds(60));
  EXPECT_EQ(tryLogin(at(portal.portal()), std::nullopt, soon).outcome, Outcome::Granted);
  EXPECT_EQ(tryLogin(at(closedPortal()), std::nullopt, soon).outcome, Outcome::NoAnswer);
}

}  // namespace
}  // namespace vbs::qmp
