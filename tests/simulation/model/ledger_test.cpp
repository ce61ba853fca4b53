#include "simulation/model/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vbs::simulation {
namespace {

const std::string kPlace = "host1/vm1/xvdb";
const std::string kOther = "host2/vm1/xvdb";

class LedgerTest : public testing::Test {
protected:
  LedgerTest() {
    ledger_.beginCreation("tag");
    ledger_.created("tag", "vol-1");
  }

  Ledger::Listing showing(const State& state) { return {{"vol-1", {"tag", state}}}; }
  std::string atRest(const Ledger::Listing& listing) {
    ledger_.rest(listing, {});
    return contradictions_.empty() ? "" : contradictions_.front();
  }

  std::vector<std::string> contradictions_;
  Ledger ledger_{[this](const std::string& what) { contradictions_.push_back(what); }};
};

TEST_F(LedgerTest, KnowsThatWhatWasAcknowledgedIsSo) {
  ledger_.done(ledger_.begin("vol-1", kPlace));
  EXPECT_EQ(atRest(showing(kPlace)), "");
  EXPECT_THAT(atRest(showing(kFree)), testing::HasSubstr("vol-1 is free, and clients were told: " + kPlace));
}

TEST_F(LedgerTest, KnowsThatWhatWasRefusedHasChangedNothing) {
  ledger_.refused(ledger_.begin("vol-1", kPlace));
  EXPECT_THAT(atRest(showing(kPlace)), testing::HasSubstr("clients were told: free"));
}

TEST_F(LedgerTest, LeavesOpenWhatWasNotAnswered) {
  ledger_.unanswered(ledger_.begin("vol-1", kPlace));
  EXPECT_EQ(atRest(showing(kPlace)), "");
  ledger_.unanswered(ledger_.begin("vol-1", kFree));
  EXPECT_EQ(atRest(showing(kPlace)), "");
  EXPECT_THAT(atRest(showing(kFree)), testing::HasSubstr("told: " + kPlace));
}

TEST_F(LedgerTest, LetsAnyOfTheOperationsAtTheSameTimeBeTheLast) {
  const auto attach = ledger_.begin("vol-1", kPlace);
  const auto detach = ledger_.begin("vol-1", kFree);
  ledger_.done(detach);
  ledger_.done(attach);
  EXPECT_EQ(atRest(showing(kFree)), "");
  EXPECT_THAT(atRest(showing(kOther)), testing::HasSubstr("told: free"));
}

TEST_F(LedgerTest, ComparesAListingOnlyWithWhatNobodyChangedMeanwhile) {
  const auto before = ledger_.expectation();
  ledger_.compare(before, showing(kFree), false);
  EXPECT_TRUE(contradictions_.empty());
  const auto operation = ledger_.begin("vol-1", kPlace);
  ledger_.compare(before, showing(kPlace), false);
  ledger_.done(operation);
  ledger_.compare(ledger_.expectation(), showing(kPlace), false);
  EXPECT_TRUE(contradictions_.empty());
  ledger_.compare(ledger_.expectation(), {}, false);
  EXPECT_THAT(contradictions_, testing::ElementsAre(testing::HasSubstr("vol-1 is shown as gone")));
}

TEST_F(LedgerTest, FindsWhatNobodyAskedForAndWhatWasRefused) {
  ledger_.beginCreation("refused");
  ledger_.notCreated("refused");
  ledger_.rest({{"vol-1", {"tag", kFree}}, {"vol-2", {"refused", kFree}}, {"vol-3", {"nobody's", kFree}}},
               {});
  EXPECT_THAT(contradictions_, testing::ElementsAre(testing::HasSubstr("creation was refused"),
                                                    testing::HasSubstr("nobody has asked for")));
}

TEST_F(LedgerTest, FindsARequestThatWasDoneTwice) {
  ledger_.rest({{"vol-1", {"tag", kFree}}, {"vol-2", {"tag", kFree}}}, {});
  EXPECT_THAT(contradictions_, testing::ElementsAre(testing::HasSubstr("of one request")));
}

}  // namespace
}  // namespace vbs::simulation
