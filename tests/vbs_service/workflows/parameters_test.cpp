#include <gtest/gtest.h>

#include <map>
#include <set>

#include "vbs_service/metadata/metadata_store.h"
#include "vbs_service/metadata/version_fixture.h"
#include "vbs_service/service_under_test.h"
#include "vbs_service/workflows/attach_volume.h"
#include "vbs_service/workflows/clean_host.h"
#include "vbs_service/workflows/create_snapshot.h"
#include "vbs_service/workflows/create_volume.h"
#include "vbs_service/workflows/delete_snapshot.h"
#include "vbs_service/workflows/delete_volume.h"
#include "vbs_service/workflows/detach_volume.h"
#include "vbs_service/workflows/force_detach.h"
#include "vbs_service/workflows/remove_orphan.h"
#include "vbs_service/workflows/remove_stray_target.h"
#include "vbs_service/workflows/restart_copy.h"
#include "vbs_service/workflows/restore_attachment.h"
#include "vbs_service/workflows/resume.h"

// What programs before parameters had a version have left in the journal is read as they meant it.

namespace vbs::workflows {
namespace {

const VolumeId kVolume("vol-0a1b2c3d");
const SnapshotId kSnapshot("snap-0a1b2c3d");
const VmmHostname kHost("node1");
const TargetIdentity kTarget{.targetId = TargetId(7),
                             .targetName = TargetName("iqn.2009-09.org.example:vol-0a1b2c3d")};

const AttachedVolume kAttached{.volumeId = kVolume,
                               .size = SizeGiB(3),
                               .vmId = VmId("vm1"),
                               .vmDevice = VmDevice("xvdb"),
                               .target = kTarget,
                               .exported = {.portal = Portal("192.0.2.9:3260"), .lun = Lun(1)},
                               .isInVm = true};
constexpr const char* kAttachedText =
    R"("volumeId":"vol-0a1b2c3d","sizeGiB":3,"vmId":"vm1","vmDevice":"xvdb","targetId":7,)"
    R"("targetName":"iqn.2009-09.org.example:vol-0a1b2c3d","portal":"192.0.2.9:3260","lun":1,"isInVm":true)";

template <class Workflow>
metadata::Operation operation(const std::string& fields) {
  return {.id = OperationId("op-1"),
          .kind = std::string(Workflow::kKind.name),
          .resource = {metadata::ResourceKind::Volume, kVolume.str()},
          .state = metadata::OperationState::Running,
          .step = std::string(Workflow::steps().front().name),
          .context = "{" + fields + "}",
          .requestId = RequestId("request-1"),
          .createdAt = {},
          .updatedAt = {},
          .attempts = 0,
          .lastError = std::nullopt};
}

template <class Workflow>
void expectRead(const std::string& fields, const typename Workflow::Parameters& parameters) {
  EXPECT_TRUE(engine::parametersOf<typename Workflow::Parameters>(operation<Workflow>(fields)) == parameters)
      << fields;
  // And what is written now comes back.
  const std::string now = engine::toJournal({.isPartlyDone = false}, parameters);
  EXPECT_TRUE(engine::parametersOf<typename Workflow::Parameters>(
                  operation<Workflow>(now.substr(1, now.size() - 2))) == parameters)
      << now;
}

TEST(WorkflowParameters, OfVolumesAndSnapshotsAreRead) {
  const std::string volume = R"("volumeId":"vol-0a1b2c3d","sizeGiB":3)";
  const std::string snapshot = R"("snapshotId":"snap-0a1b2c3d",)" + volume;
  const SizeGiB size(3);
  expectRead<CreateVolume>(volume,
                           {.volumeId = kVolume, .snapshotId = std::nullopt, .size = size, .isReady = false});
  expectRead<CreateVolume>(snapshot + R"(,"isReady":true)",
                           {.volumeId = kVolume, .snapshotId = kSnapshot, .size = size, .isReady = true});
  expectRead<RestartCopy>(snapshot,
                          {.volumeId = kVolume, .snapshotId = kSnapshot, .size = size, .isReady = false});
  expectRead<DeleteVolume>(volume + R"(,"volumeBefore":"error","reasonBefore":"dd: exit code 1")",
                           {.volumeId = kVolume,
                            .size = size,
                            .volumeBefore = VolumeStatus::Error,
                            .reasonBefore = "dd: exit code 1"});
  expectRead<CreateSnapshot>(snapshot, {.snapshotId = kSnapshot, .volumeId = kVolume, .size = size});
  expectRead<DeleteSnapshot>(snapshot + R"(,"snapshotBefore":"completed")",
                             {.snapshotId = kSnapshot,
                              .volumeId = kVolume,
                              .size = size,
                              .snapshotBefore = SnapshotStatus::Completed,
                              .reasonBefore = std::nullopt});
  expectRead<RemoveOrphanVolume>(volume, {.volumeId = kVolume, .size = size});
  expectRead<RemoveOrphanSnapshot>(snapshot, {.snapshotId = kSnapshot, .volumeId = kVolume, .size = size});
}

TEST(WorkflowParameters, OfAttachmentsAreRead) {
  const std::string attached = kAttachedText;
  const std::string atHost = R"("vmmHostname":"node1",)" + attached;
  expectRead<AttachVolume>(atHost + R"(,"sessionBefore":"absent","deviceBefore":"unknown")",
                           {.vmmHostname = kHost,
                            .volume = kAttached,
                            .before = PriorFinding{Presence::Absent, Presence::Unknown},
                            .place = std::nullopt,
                            .isHostConnected = std::nullopt});
  expectRead<AttachVolume>(atHost + R"(,"hostDevice":"/dev/sdb","isGivenToVm":true,"isHostConnected":false)",
                           {.vmmHostname = kHost,
                            .volume = kAttached,
                            .before = std::nullopt,
                            .place = VmPlace{.hostDevice = "/dev/sdb", .isInVm = true},
                            .isHostConnected = false});
  expectRead<DetachVolume>(atHost, {.vmmHostname = kHost,
                                    .volume = kAttached,
                                    .isExported = false,
                                    .place = std::nullopt,
                                    .missing = std::nullopt,
                                    .isExportUncertain = false});
  expectRead<DetachVolume>(
      atHost + R"(,"isExported":true,"hostDevice":"/dev/sdb","isGivenToVm":false,"missing":"it")",
      {.vmmHostname = kHost,
       .volume = kAttached,
       .isExported = true,
       .place = VmPlace{.hostDevice = "/dev/sdb", .isInVm = false},
       .missing = "it",
       .isExportUncertain = false});
  expectRead<ForceDetach>(atHost, {.volume = kAttached, .vmmHostname = kHost, .lostHost = std::nullopt});
  expectRead<ForceDetach>(attached + R"(,"lostHost":"node1")",
                          {.volume = kAttached, .vmmHostname = std::nullopt, .lostHost = kHost});
  expectRead<CleanHost>(
      atHost + R"(,"lostHost":"node1")",
      {.vmmHostname = kHost, .volume = kAttached, .wasFound = false, .foundTarget = std::nullopt});
  expectRead<CleanHost>(
      atHost + R"(,"wasFound":true,"foundTarget":"iqn.2009-09.org.example:vol-0a1b2c3d")",
      {.vmmHostname = kHost, .volume = kAttached, .wasFound = true, .foundTarget = kTarget.targetName});
  expectRead<RestoreAttachment>(atHost + R"(,"restoresDevice":true)", {.vmmHostname = kHost,
                                                                       .volume = kAttached,
                                                                       .restoresDevice = true,
                                                                       .reconnects = false,
                                                                       .place = std::nullopt});
  expectRead<RemoveStrayTarget>(R"("volumeId":"vol-0a1b2c3d","targetId":7,)"
                                R"("targetName":"iqn.2009-09.org.example:vol-0a1b2c3d")",
                                {.volumeId = kVolume, .target = kTarget});
}

class OldJournal : public testing::TestWithParam<int> {};

TEST_P(OldJournal, IsTakenUpByEachWorkflow) {
  const TemporaryDatabase database;
  metadata::makeDatabaseOf(GetParam(), database.file());
  metadata::MetadataStore store(database.file(), operationKinds());
  FakeVolumeDelegate volumes;
  const VolumeServers volumeServers{{{defaultVolumeServer(), volumes}}};
  VmmDelegates vmmDelegates({}, [](const std::string&) { return nullptr; });
  VmHosts hosts(store, vmmDelegates, {.instance = ServiceInstanceId("instance"), .name = "service"});
  engine::LastSurvey lastSurvey;
  const engine::Delegates delegates{.volumeServers = volumeServers,
                                    .hosts = hosts,
                                    .lastSurvey = lastSurvey,
                                    .clock = system::threadScheduler()};
  store.read([&](const metadata::MetadataReader& tx) {
    for (const metadata::Operation& operation : tx.openOperations()) {
      const auto workflow = resume(delegates, operation, tx);
      EXPECT_EQ(workflow->kind().name, operation.kind);
      EXPECT_EQ(workflow->resource(), operation.resource.id);
      const auto steps = workflow->boundSteps();
      EXPECT_TRUE(std::any_of(steps.begin(), steps.end(), [&](const engine::BoundStep& step) {
        return step.name == operation.step;
      })) << operation.kind;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(OfEachVersion, OldJournal, testing::ValuesIn(metadata::earlierVersions()));

TEST(Kinds, HaveNamesAndStepsOfTheirOwn) {
  std::set<std::string_view> names;
  for (const metadata::OperationKind& kind : operationKinds()) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    EXPECT_FALSE(kind.inWords.empty()) << kind.name;
    EXPECT_FALSE(stepsOf(kind).empty()) << kind.name;
  }
}

TEST(Kinds, OneThatIsNotKnownIsReported) {
  metadata::Operation unknown = operation<CreateVolume>(R"("vmmHostname":"node1")");
  unknown.kind = "growVolume";
  EXPECT_EQ(inWords(unknown), "in the hands of an operation (growVolume op-1)");
  unknown.kind = AttachVolume::kKind.name;
  EXPECT_EQ(inWords(unknown), "being attached (attachVolume op-1)");
}

}  // namespace
}  // namespace vbs::workflows
