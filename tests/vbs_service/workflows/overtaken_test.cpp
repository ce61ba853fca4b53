#include "common/system/thread_scheduler.h"
#include "vbs_service/engine/last_survey.h"
#include "vbs_service/hosts/vm_hosts.h"
#include "vbs_service/service_under_test.h"
#include "vbs_service/workflows/detach_volume.h"
#include "vbs_service/workflows/force_detach.h"

// A detach that has waited takes away only what was attached when it was asked for.

namespace vbs::workflows {
namespace {

class OvertakenDetach : public ServiceTest {
protected:
  OvertakenDetach() {
    service_.attach(id_);
    asked_ = now();
  }

  std::optional<metadata::AttachmentRecord> now() {
    return service_.store().read([&](const metadata::MetadataReader& tx) { return tx.findAttachment(id_); });
  }
  void attachElsewhere() {
    service_.detach(id_);
    service_.attach(id_, "xvdb", "node2");
  }
  /// As the Coordinator does once it has waited. Nothing that is done here stays.
  void reserve(bool isForced) {
    struct Undone {};
    try {
      service_.store().write([&](metadata::MetadataWriter& tx) {
        if (isForced) {
          ForceDetach::reserve(tx, delegates_, asked_.value(), std::nullopt);
        } else {
          DetachVolume::reserve(tx, delegates_, asked_.value());
        }
        throw Undone();
      });
    } catch (const Undone&) {
    }
  }

  VolumeId id_ = service_.createVolume().volumeId;
  std::optional<metadata::AttachmentRecord> asked_;
  FakeVolumeDelegate volumes_;
  const VolumeServers volumeServers_{{{defaultVolumeServer(), volumes_}}};
  VmmDelegates vmmDelegates_{{}, [](const std::string&) { return nullptr; }};
  VmHosts hosts_{service_.store(), vmmDelegates_, {.instance = ServiceInstanceId("one"), .name = "service"}};
  engine::LastSurvey lastSurvey_;
  const engine::Delegates delegates_{.volumeServers = volumeServers_,
                                     .hosts = hosts_,
                                     .lastSurvey = lastSurvey_,
                                     .clock = system::threadScheduler()};
};

TEST_F(OvertakenDetach, IsRefusedWhenTheVolumeWasAttachedAnewMeanwhile) {
  attachElsewhere();
  for (const bool isForced : {false, true}) {
    expectError(ErrorCode::IncorrectState, "attached by another request while this one waited",
                [&] { reserve(isForced); });
  }
  EXPECT_EQ(now()->attachment.vmmHostname, VmmHostname("node2"));
}

TEST_F(OvertakenDetach, IsRefusedWhenTheVolumeWasAttachedAnewAtTheSamePlace) {
  service_.detach(id_);
  service_.attach(id_);
  for (const bool isForced : {false, true}) {
    expectError(ErrorCode::IncorrectState, "ask again", [&] { reserve(isForced); });
  }
}

TEST_F(OvertakenDetach, GoesOnWhenItIsStillTheSame) {
  for (const bool isForced : {false, true}) EXPECT_NO_THROW(reserve(isForced));
}

}  // namespace
}  // namespace vbs::workflows
