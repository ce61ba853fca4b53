#include "vbs_service/service_under_test.h"

namespace vbs {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// node1 and node2 of the service.
class VmHostsTest : public ServiceTest {
protected:
  /// Both names lead to one host.
  void becomeOne() {
    service_.node1->identify(DelegateId("host-1"));
    service_.node2->identify(DelegateId("host-1"));
  }
  std::optional<DelegateId> known(const std::string& name) {
    return service_.store().read(
        [&](const metadata::MetadataReader& tx) { return tx.delegateIdOf(VmmHostname(name)); });
  }

  VolumeId id_ = service_.createVolume().volumeId;
};

TEST_F(VmHostsTest, TheSecondNameOfAHostIsRefusedAndNamesTheFirst) {
  becomeOne();
  service_.attach(id_, "xvdb", "node1");
  const VolumeId other = service_.createVolume().volumeId;
  expectError(ErrorCode::UnknownVmmHost, "the same host as node1",
              [&] { service_.attach(other, "xvdc", "node2"); });
  EXPECT_EQ(service_.volume(other).status, VolumeStatus::Available);
}

TEST_F(VmHostsTest, TheSecondNameOfAHostNeverCostsAVmItsDisk) {
  becomeOne();
  service_.attach(id_, "xvdb", "node1");
  for (int run = 0; run < 4; ++run) {
    const ReconcileReport report = service_.reconcile();
    EXPECT_TRUE(report.drifts.empty());
    EXPECT_THAT(report.unreachable, testing::ElementsAre(AllOf(HasSubstr("node2"), HasSubstr("node1"))));
  }
  EXPECT_TRUE(service_.node1->holds(id_));
}

TEST_F(VmHostsTest, TheNameThatTheSettingsGiveFirstWinsWhileNothingIsAttached) {
  becomeOne();
  expectError(ErrorCode::IncorrectState, "", [&] {
    service_.attach(id_, "xvdb", "node2");
    throw Error(ErrorCode::IncorrectState, "attached");
  });
  service_.detach(id_);
  service_.attach(id_, "xvdb", "node1");
  EXPECT_EQ(known("node1"), DelegateId("host-1"));
  EXPECT_EQ(known("node2"), std::nullopt);
}

TEST_F(VmHostsTest, TheNameUnderWhichVolumesAreAttachedStays) {
  becomeOne();
  service_.attach(id_, "xvdb", "node2");
  const VolumeId other = service_.createVolume().volumeId;
  expectError(ErrorCode::UnknownVmmHost, "the same host as node2",
              [&] { service_.attach(other, "xvdc", "node1"); });
}

TEST_F(VmHostsTest, AHostIsStillKnownAfterARestart) {
  service_.node1->identify(DelegateId("host-1"));
  service_.attach(id_, "xvdb", "node1");
  service_.restart();
  service_.node1->script.forgetCalls();
  service_.detach(id_);
  EXPECT_THAT(service_.node1->script.calls(), testing::ElementsAre("detachVolume"));
}

TEST_F(VmHostsTest, AnotherMachineUnderTheNameOfAHostIsNotAskedForItsVolumes) {
  service_.node1->identify(DelegateId("host-1"));
  service_.attach(id_, "xvdb", "node1");
  service_.node1->identify(DelegateId("host-9"));
  expectError(ErrorCode::IncorrectState, "host-9", [&] { service_.detach(id_); });
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::InUse);
  const ReconcileReport report = service_.reconcile();
  EXPECT_TRUE(report.drifts.empty());
  EXPECT_THAT(report.unreachable, testing::ElementsAre(HasSubstr(id_.str())));
  EXPECT_TRUE(service_.node1->holds(id_));
}

TEST_F(VmHostsTest, AnotherMachineTakesTheNameOfAHostThatHasNothing) {
  service_.node1->identify(DelegateId("host-1"));
  service_.attach(id_, "xvdb", "node1");
  service_.detach(id_);
  service_.node1->identify(DelegateId("host-9"));
  service_.reconcile();
  EXPECT_NO_THROW(service_.attach(id_, "xvdb", "node1"));
  EXPECT_EQ(known("node1"), DelegateId("host-9"));
}

TEST_F(VmHostsTest, ADelegateWithoutAnIdentityIsTakenForWhomItsNameSays) {
  service_.node1->identify(std::nullopt);
  service_.attach(id_, "xvdb", "node1");
  EXPECT_EQ(known("node1"), std::nullopt);
  EXPECT_NO_THROW(service_.detach(id_));
}

TEST_F(VmHostsTest, NoDetachBeginsAtAHostThatIsNotRegisteredAnyMore) {
  service_.attach(id_, "xvdb", "node2");
  service_.hosts.replace({{.name = "node1", .url = "http://node1.example:8092"}});
  expectError(ErrorCode::UnknownVmmHost, "node2", [&] { service_.detach(id_); });
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::InUse);
  EXPECT_TRUE(service_.openOperations().empty());
}

TEST_F(VmHostsTest, NothingIsChangedForAHostThatCannotBeAskedWhoItIs) {
  service_.node1->script.fail("describeDelegate", unreachable());
  expectError(ErrorCode::DelegateUnreachable, "nothing was changed",
              [&] { service_.attach(id_, "xvdb", "node1"); });
  EXPECT_EQ(service_.volume(id_).status, VolumeStatus::Available);
}

}  // namespace
}  // namespace vbs
