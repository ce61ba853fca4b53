#include "cli/administration.h"

#include <gmock/gmock.h>

#include "cli/service_unreachable.h"
#include "client_fixture.h"
#include "common/model/error.h"
#include "records.h"

// vbs admin ..., from the command line to the exit code.

namespace vbs::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Return;
using testing::WithArg;

class Administration : public ClientTest {
public:
  /// What `vbs admin reconcile` ends with when the service reports `report`.
  ExitCode reconcileTo(const ReconcileReport& report) {
    ON_CALL(admin, reconcile).WillByDefault(Return(report));
    return run({"admin", "reconcile", "--output", "text"});
  }
};

TEST_F(Administration, ListsOpenOperationsFromTheAdminEndpoint) {
  variables["VBS_ENDPOINT"] = "http://storage:8090/vbs";
  ON_CALL(admin, describeOperations).WillByDefault(Return(std::vector{stuckOperation()}));
  EXPECT_EQ(run({"admin", "describe-operations"}), ExitCode::Done);
  EXPECT_EQ(adminEndpoint, "http://storage:8090/vbs/admin");
  EXPECT_THAT(out.written,
              HasSubstr("5c1e3f7a-0001  attachVolume  vol-0a1b2c3d  being attached  rolling-back"));
  EXPECT_THAT(err.written, IsEmpty());
}

TEST_F(Administration, SaysThatNoOperationIsOpen) {
  EXPECT_EQ(run({"admin", "describe-operations"}), ExitCode::Done);
  EXPECT_EQ(out.written, "No open operations.\n");
}

TEST_F(Administration, AsksForADryRunAndForOrphansOnlyWhenTold) {
  EXPECT_CALL(admin, reconcile).WillOnce(WithArg<1>([](const ReconcileRequest& request) {
    EXPECT_TRUE(request.dryRun);
    EXPECT_TRUE(request.removeOrphans);
    return ReconcileReport{};
  }));
  EXPECT_EQ(run({"admin", "reconcile", "--remove-orphans", "--dry-run"}), ExitCode::Done);
}

TEST_F(Administration, ReconcilesInEarnestByDefault) {
  EXPECT_CALL(admin, reconcile).WillOnce(WithArg<1>([](const ReconcileRequest& request) {
    EXPECT_FALSE(request.dryRun);
    EXPECT_FALSE(request.removeOrphans);
    return ReconcileReport{};
  }));
  EXPECT_EQ(run({"admin", "reconcile"}), ExitCode::Done);
  EXPECT_EQ(out.written, "No drift. Since the service started: 0 seen, 0 repaired.\n");
}

TEST_F(Administration, IsDoneWhenWhatWasFoundIsRepairedPlannedOrReported) {
  ReconcileReport report{{missingTarget(), missingTarget(), missingTarget()}, {}, 3, 1};
  report.drifts[1].outcome = DriftOutcome::Planned;
  report.drifts[2].outcome = DriftOutcome::Reported;
  EXPECT_EQ(reconcileTo(report), ExitCode::Done);
  EXPECT_THAT(err.written, IsEmpty());
}

TEST_F(Administration, IsNotDoneWhenADriftCouldNotBeMended) {
  EXPECT_EQ(reconcileTo({{missingTarget(), strayDevice()}, {}, 2, 1}), ExitCode::Refused);
  EXPECT_THAT(out.written, HasSubstr("DRIFT\tstray-device\t"));
  EXPECT_EQ(err.written, "vbs: 1 drift could not be mended; the next run tries again\n");
}

TEST_F(Administration, IsNotDoneWhenAPartCouldNotBeLookedAt) {
  EXPECT_EQ(reconcileTo({{}, {"VM host node8: no answer", "VM host \x1b[2J: no answer"}, 0, 0}),
            ExitCode::Refused);
  EXPECT_EQ(err.written,
            "vbs: could not be looked at: VM host node8: no answer\n"
            "vbs: could not be looked at: VM host \\u001b[2J: no answer\n");
}

TEST_F(Administration, AdoptsAVolumeWithItsComment) {
  EXPECT_CALL(admin, adoptVolume(testing::_, VolumeId("vol-0a1b2c3d"), "data of the wiki"))
      .WillOnce(Return(availableVolume()));
  EXPECT_EQ(run({"admin", "adopt", "vol-0a1b2c3d", "--comment", "data of the wiki"}), ExitCode::Done);
  EXPECT_THAT(out.written, HasSubstr("vol-0a1b2c3d  10 GiB  available"));
}

TEST_F(Administration, AdoptsASnapshotWhenTheIdIsOne) {
  EXPECT_CALL(admin, adoptSnapshot(testing::_, SnapshotId("snap-00000001"), ""))
      .WillOnce(Return(completedSnapshot()));
  EXPECT_EQ(run({"admin", "adopt", "snap-00000001"}), ExitCode::Done);
  EXPECT_THAT(out.written, HasSubstr("snap-00000001  vol-0a1b2c3d  10 GiB  completed"));
}

TEST_F(Administration, TellsWhereTheOrphansAreListedWhenOneIsNotThere) {
  ON_CALL(admin, adoptVolume).WillByDefault([](const auto&, const auto&, const auto&) -> Volume {
    throw Error(ErrorCode::VolumeNotFound, "the volume server does not list vol-0a1b2c3d", "vol-0a1b2c3d");
  });
  EXPECT_EQ(run({"admin", "adopt", "vol-0a1b2c3d"}), ExitCode::Refused);
  EXPECT_EQ(err.written,
            "vbs: VolumeNotFound: the volume server does not list vol-0a1b2c3d\n"
            "vbs: try: vbs admin reconcile --dry-run, which lists the orphans\n");
}

TEST_F(Administration, TellsWhatBecomesOfAnAdoptionWhoseAnswerWasLost) {
  ON_CALL(admin, adoptVolume).WillByDefault([](const auto&, const auto&, const auto&) -> Volume {
    throw ServiceUnreachable("connection reset");
  });
  EXPECT_EQ(run({"admin", "adopt", "vol-0a1b2c3d"}), ExitCode::Unreachable);
  EXPECT_THAT(err.written, HasSubstr("vbs describe-volumes shows its result\n"));
}

TEST_F(Administration, ShowsTheCapacity) {
  ON_CALL(admin, describeCapacity).WillByDefault(Return(fullCapacity()));
  EXPECT_EQ(run({"admin", "describe-capacity", "--output", "text"}), ExitCode::Done);
  EXPECT_THAT(out.written, HasSubstr("CAPACITY\t25769803776\t"));
  EXPECT_THAT(err.written, IsEmpty());
}

TEST_F(Administration, BacksUpAndSaysWhere) {
  ON_CALL(admin, backup).WillByDefault(WithArg<1>([](const std::string& file) {
    return Backup{"/var/backups/vbs/" + file, 40960};
  }));
  EXPECT_EQ(run({"admin", "backup", "a.db", "--output", "text"}), ExitCode::Done);
  EXPECT_EQ(out.written, "BACKUP\t/var/backups/vbs/a.db\t40960\n");
}

TEST_F(Administration, TellsWhyTheServiceRefuses) {
  ON_CALL(admin, backup).WillByDefault(WithArg<1>([](const std::string& file) -> Backup {
    throw Error(ErrorCode::InvalidParameter, file + " exists already");
  }));
  EXPECT_EQ(run({"admin", "backup", "a.db"}), ExitCode::Refused);
  EXPECT_EQ(err.written, "vbs: InvalidParameter: a.db exists already\n");
}

TEST_F(Administration, TellsAboutEachRequestWhenVerbose) {
  EXPECT_EQ(run({"admin", "describe-operations", "--verbose"}), ExitCode::Done);
  EXPECT_THAT(err.written, testing::MatchesRegex("vbs: describeOperations answered in [0-9.]+ ms\n"));
}

TEST_F(Administration, TellsWhatBecomesOfARequestWhoseAnswerWasLost) {
  ON_CALL(admin, backup).WillByDefault(WithArg<1>([](const auto&) -> Backup {
    throw ServiceUnreachable("connection reset");
  }));
  EXPECT_EQ(run({"admin", "backup", "a.db"}), ExitCode::Unreachable);
  EXPECT_THAT(err.written, HasSubstr("vbs: if the request got through, a.db is being written; another backup "
                                     "needs another name\n"));
}

TEST_F(Administration, TellsThatAReconcileWhoseAnswerWasLostMayBeRepeated) {
  ON_CALL(admin, reconcile).WillByDefault(WithArg<1>([](const auto&) -> ReconcileReport {
    throw ServiceUnreachable("connection reset");
  }));
  EXPECT_EQ(run({"admin", "reconcile"}), ExitCode::Unreachable);
  EXPECT_THAT(err.written, HasSubstr("asking again does no harm\n"));
}

TEST_F(Administration, TellsWhyAServiceMayHaveNone) {
  ON_CALL(admin, describeOperations).WillByDefault([](const auto&) -> std::vector<OpenOperation> {
    throw ServiceUnreachable("what answers there is no SOAP service (HTTP 404)", 404);
  });
  EXPECT_EQ(run({"admin", "describe-operations"}), ExitCode::Unreachable);
  EXPECT_THAT(err.written,
              HasSubstr("vbs: an older service has no administration, and a proxy may keep it from "
                        "this machine\n"));
}

TEST_F(Administration, SaysThatARequestWasDoneWhenOnlyItsAnswerIsLost) {
  out.failure = ENOSPC;
  EXPECT_EQ(run({"admin", "backup", "a.db"}), ExitCode::Output);
  EXPECT_THAT(err.written, HasSubstr("vbs: the request was done, but the answer could not be written"));
}

TEST_F(Administration, ChangesNothingInADryRun) {
  out.failure = ENOSPC;
  EXPECT_EQ(run({"admin", "reconcile", "--dry-run"}), ExitCode::Output);
  EXPECT_EQ(err.written, "vbs: the answer could not be written: No space left on device\n");
}

}  // namespace
}  // namespace vbs::cli
