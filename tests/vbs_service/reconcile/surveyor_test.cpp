#include "vbs_service/reconcile/surveyor.h"

#include "common/system/thread_scheduler.h"
#include "vbs_service/service_under_test.h"

namespace vbs::reconcile {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class SurveyorTest : public testing::Test {
protected:
  static RequestId requestId() { return RequestId("request-1"); }
  std::set<VmmHostname> bothHosts() const { return {VmmHostname("node1"), VmmHostname("node2")}; }

  std::shared_ptr<FakeVmmDelegate> node1_ = std::make_shared<FakeVmmDelegate>();
  std::shared_ptr<FakeVmmDelegate> node2_ = std::make_shared<FakeVmmDelegate>();
  FakeVolumeDelegate volumes_;
  const VolumeServers volumeServers_{{{defaultVolumeServer(), volumes_}}};
  VmmDelegates hosts_{{{.name = "node1", .url = "http://node1.example:8092"},
                       {.name = "node2", .url = "http://node2.example:8092"}},
                      [this](const std::string& url) -> std::shared_ptr<VmmDelegate> {
                        return url.starts_with("http://node1") ? node1_ : node2_;
                      }};
  TemporaryDatabase database_;
  metadata::MetadataStore store_{database_.file()};
  VmHosts vmHosts_{store_, hosts_, {.instance = ServiceInstanceId("instance-1"), .name = "service"}};
  engine::LastSurvey lastSurvey_;
  const engine::Delegates delegates_{.volumeServers = volumeServers_,
                                     .hosts = vmHosts_,
                                     .lastSurvey = lastSurvey_,
                                     .clock = system::threadScheduler()};
};

TEST_F(SurveyorTest, AsksEveryPart) {
  Surveyor surveyor(system::threadScheduler(), delegates_, {.threads = 2, .patience = hours(1)});
  const Inventories found = surveyor.survey(requestId(), bothHosts());
  EXPECT_TRUE(found.volumeServer);
  EXPECT_EQ(found.hosts.size(), 2U);
  EXPECT_TRUE(found.unreachable.empty());
}

TEST_F(SurveyorTest, SaysWhyAPartCannotBeAsked) {
  node2_->script.fail("inventory", unreachable());
  Surveyor surveyor(system::threadScheduler(), delegates_, {.threads = 1, .patience = hours(1)});
  auto hosts = bothHosts();
  hosts.insert(VmmHostname("node3"));  // was registered once
  const Inventories found = surveyor.survey(requestId(), hosts);
  EXPECT_EQ(found.hosts.size(), 1U);
  ASSERT_EQ(found.unreachable.size(), 2U);
  EXPECT_THAT(found.unreachable.begin()->second, testing::HasSubstr("connection refused"));
  EXPECT_THAT(found.unreachable.rbegin()->first, testing::HasSubstr("node3"));
  EXPECT_THAT(found.unreachable.rbegin()->second, testing::HasSubstr("not registered"));
}

TEST_F(SurveyorTest, LeavesOutWhoDoesNotAnswerInTimeAndAsksItAgainOnlyWhenItHas) {
  const auto block = node1_->script.block("inventory");
  Surveyor surveyor(system::threadScheduler(), delegates_, {.threads = 3, .patience = milliseconds(50)});
  const auto countOf = [&] { return node1_->script.calls().size(); };
  Inventories found = surveyor.survey(requestId(), bothHosts());
  EXPECT_FALSE(found.hosts.contains(VmmHostname("node1")));
  EXPECT_THAT(found.unreachable.begin()->second, testing::HasSubstr("did not answer within"));
  block->awaitArrival();
  found = surveyor.survey(requestId(), {VmmHostname("node1")});
  EXPECT_THAT(found.unreachable.begin()->second, testing::HasSubstr("since it was asked the last time"));
  EXPECT_EQ(countOf(), 2U);  // who it is, and what it has
  block->release();
  eventually([&] { return surveyor.survey(requestId(), bothHosts()).hosts.contains(VmmHostname("node1")); });
}

TEST_F(SurveyorTest, LetsNobodyWaitOnceItStops) {
  const auto block = node1_->script.block("inventory");
  Surveyor surveyor(system::threadScheduler(), delegates_, {.threads = 1, .patience = hours(1)});
  std::thread waiting([&] { surveyor.survey(requestId(), bothHosts()); });
  block->awaitArrival();
  surveyor.stop();
  waiting.join();
  block->release();
}

}  // namespace
}  // namespace vbs::reconcile
