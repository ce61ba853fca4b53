#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/error.h"
#include "common/soap/vbs_admin/client.h"
#include "common/soap/vbs_admin/endpoint.h"
#include "fakes/loopback_channel.h"
#include "fakes/mock_vbs_admin.h"
#include "messages.h"
#include "support/expect_error.h"

// A VbsAdminClient joined to a VbsAdminEndpoint: what goes in at one end comes out at the other.

namespace vbs::soap {
namespace {

using ::testing::_;
using testing::envelope;
using ::testing::HasSubstr;
using testing::kSoap11;
using testing::kSoap12;
using ::testing::Return;

Time at(std::int64_t seconds) {
  return Time(std::chrono::seconds(seconds));
}

OpenOperation fullOperation() {
  return {.operationId = OperationId("5c1e3f7a-0001"),
          .kind = "attachVolume",
          .resourceId = "vol-0a1b2c3d",
          .isRollingBack = true,
          .step = "exportVolume",
          .requestId = RequestId("9f3b-42"),
          .createTime = at(1'700'000'000),
          .updateTime = at(4'102'444'800),  // 2100: beyond 32 bits
          .attempts = 17,
          .lastError = "volume delegate http://192.0.2.10:8081: <no answer> & h\xC3\xA9llo\nsecond line",
          .description = "being <attached> & more"};
}

OpenOperation bareOperation() {
  return {.operationId = OperationId("1"),
          .kind = "deleteSnapshot",
          .resourceId = "snap-00c0ffee",
          .isRollingBack = false,
          .step = "",
          .requestId = RequestId("r"),
          .createTime = at(0),
          .updateTime = at(0),
          .attempts = 0,
          .lastError = std::nullopt};
}

Drift fullDrift() {
  return {.kind = DriftKind::MissingDevice,
          .resourceId = "vol-0a1b2c3d",
          .vmmHostname = VmmHostname("node-1.example"),
          .description = "VM guest_1 lacks <xvdb> & more",
          .outcome = DriftOutcome::Failed,
          .firstSeen = at(1'700'000'000)};
}

Drift bareDrift() {
  return {.kind = DriftKind::OrphanVolume,
          .resourceId = "vol-ffffffff",
          .vmmHostname = std::nullopt,
          .description = "",
          .outcome = DriftOutcome::Reported,
          .firstSeen = at(0)};
}

/// `fields` in the wrapper element of an operation of vbs-admin.wsdl.
std::string adminRequest(const std::string& operation, const std::string& fields,
                         const std::string& version = kSoap11) {
  return envelope("<" + operation + " xmlns=\"urn:vbs:admin:1\">" + fields + "</" + operation + ">", version);
}

class VbsAdminRoundTrip : public ::testing::Test {
protected:
  VbsAdminRoundTrip() : endpoint_(admin_), client_(std::make_unique<fakes::LoopbackChannel>(endpoint_)) {}

  Drift reconcileOne(const Drift& drift) {
    EXPECT_CALL(admin_, reconcile(_, _)).WillOnce(Return(ReconcileReport{{drift}, {}, 1, 0}));
    const ReconcileReport report = client_.reconcile(context_, {});
    EXPECT_EQ(report.drifts.size(), 1U);
    return report.drifts.at(0);
  }

  http::Response answerTo(const std::string& body, const std::string& contentType = "text/xml") {
    return endpoint_.handle({"/vbs/admin", contentType, body});
  }

  /// The whole answer to `body`, which must be a refusal of the caller's message.
  std::string refusalOf(const std::string& body) {
    const http::Response reply = answerTo(body);
    EXPECT_EQ(reply.status, 500);
    EXPECT_THAT(reply.body, HasSubstr("<faultcode>SOAP-ENV:Client</faultcode>"));
    EXPECT_THAT(reply.body, HasSubstr("<t:code>InvalidParameter</t:code>"));
    EXPECT_THAT(reply.body, HasSubstr("<t:requestId>"));
    return reply.body;
  }

  const RequestContext context_{RequestId("r-1")};
  ::testing::StrictMock<fakes::MockVbsAdmin> admin_;
  VbsAdminEndpoint endpoint_;
  VbsAdminClient client_;
};

TEST_F(VbsAdminRoundTrip, DescribesOperationsInTheirOrder) {
  EXPECT_CALL(admin_, describeOperations(_)).WillOnce(Return(std::vector{fullOperation(), bareOperation()}));
  EXPECT_EQ(client_.describeOperations(context_), (std::vector{fullOperation(), bareOperation()}));
}

TEST_F(VbsAdminRoundTrip, DescribesThatNoOperationIsOpen) {
  EXPECT_CALL(admin_, describeOperations(_)).WillOnce(Return(std::vector<OpenOperation>{}));
  EXPECT_TRUE(client_.describeOperations(context_).empty());
}

TEST_F(VbsAdminRoundTrip, CarriesAThousandOperations) {
  const std::vector<OpenOperation> operations(1000, fullOperation());
  EXPECT_CALL(admin_, describeOperations(_)).WillOnce(Return(operations));
  EXPECT_EQ(client_.describeOperations(context_), operations);
}

TEST_F(VbsAdminRoundTrip, KeepsAnEmptyErrorApartFromNone) {
  OpenOperation operation = bareOperation();
  operation.lastError = "";
  EXPECT_CALL(admin_, describeOperations(_)).WillOnce(Return(std::vector{operation}));
  EXPECT_EQ(client_.describeOperations(context_), std::vector{operation});
}

TEST_F(VbsAdminRoundTrip, ReplacesWhatXmlForbidsInAnError) {
  OpenOperation operation = bareOperation();
  operation.lastError = "device says \x1B[31mno\xFF";
  EXPECT_CALL(admin_, describeOperations(_)).WillOnce(Return(std::vector{operation}));
  EXPECT_EQ(client_.describeOperations(context_).at(0).lastError, "device says ?[31mno?");
}

TEST_F(VbsAdminRoundTrip, AsksForEachWayToReconcile) {
  for (const bool dryRun : {false, true}) {
    for (const bool removeOrphans : {false, true}) {
      EXPECT_CALL(admin_, reconcile(_, _)).WillOnce([&](const auto&, const ReconcileRequest& request) {
        EXPECT_EQ(request.dryRun, dryRun);
        EXPECT_EQ(request.removeOrphans, removeOrphans);
        return ReconcileReport{};
      });
      EXPECT_EQ(client_.reconcile(context_, {dryRun, removeOrphans}), ReconcileReport{});
    }
  }
}

TEST_F(VbsAdminRoundTrip, ReportsAllThatReconcilingFound) {
  const ReconcileReport report{{fullDrift(), bareDrift()},
                               {"VM host node-2: <no answer> & no hope", ""},
                               5'000'000'000,
                               4'999'999'999};
  EXPECT_CALL(admin_, reconcile(_, _)).WillOnce(Return(report));
  EXPECT_EQ(client_.reconcile(context_, {}), report);
}

TEST_F(VbsAdminRoundTrip, TellsEveryKindOfDrift) {
  for (int number = 0; number <= static_cast<int>(DriftKind::OrphanSnapshot); ++number) {
    Drift drift = bareDrift();
    drift.kind = static_cast<DriftKind>(number);
    EXPECT_EQ(reconcileOne(drift), drift) << toString(drift.kind);
  }
}

TEST_F(VbsAdminRoundTrip, TellsEveryOutcomeOfADrift) {
  for (int number = 0; number <= static_cast<int>(DriftOutcome::Failed); ++number) {
    Drift drift = bareDrift();
    drift.outcome = static_cast<DriftOutcome>(number);
    EXPECT_EQ(reconcileOne(drift), drift) << toString(drift.outcome);
  }
}

TEST_F(VbsAdminRoundTrip, BacksUpIntoTheFileThatWasNamed) {
  const Backup backup{"/var/backups/vbs/h\xC3\xA9llo & <1>.db", 8'589'934'592};
  EXPECT_CALL(admin_, backup(_, "h\xC3\xA9llo & <1>.db")).WillOnce(Return(backup));
  EXPECT_EQ(client_.backup(context_, "h\xC3\xA9llo & <1>.db"), backup);
}

TEST_F(VbsAdminRoundTrip, LeavesTheJudgementOfAFileToTheService) {
  EXPECT_CALL(admin_, backup(_, "")).WillOnce([](const auto&, const auto&) -> Backup {
    throw Error(ErrorCode::InvalidParameter, "no file is named");
  });
  const Error error = errorOf([&] { client_.backup(context_, ""); });
  EXPECT_EQ(error.code(), ErrorCode::InvalidParameter);
  EXPECT_STREQ(error.what(), "no file is named");
}

TEST_F(VbsAdminRoundTrip, RefusesToSendAChangedFileName) {
  const Error error = errorOf([&] { client_.backup(context_, "bell\x07.db"); });
  EXPECT_EQ(error.code(), ErrorCode::InvalidParameter);
  EXPECT_STREQ(error.what(), "file \"bell?.db\" has characters that XML cannot carry");
}

TEST_F(VbsAdminRoundTrip, AdoptsAVolume) {
  const Volume volume{.volumeId = VolumeId("vol-0a1b2c3d"),
                      .size = SizeGiB(7),
                      .comment = "data of <the wiki>",
                      .snapshotId = std::nullopt,
                      .status = VolumeStatus::Available,
                      .statusReason = std::nullopt,
                      .progressPercent = std::nullopt,
                      .createTime = at(1'700'000'000),
                      .attachment = std::nullopt};
  EXPECT_CALL(admin_, adoptVolume(_, volume.volumeId, volume.comment)).WillOnce(Return(volume));
  EXPECT_EQ(client_.adoptVolume(context_, volume.volumeId, volume.comment), volume);
}

TEST_F(VbsAdminRoundTrip, AdoptsASnapshotWithoutAComment) {
  const Snapshot snapshot{.snapshotId = SnapshotId("snap-0a1b2c3d"),
                          .volumeId = VolumeId("vol-0a1b2c3d"),
                          .size = SizeGiB(7),
                          .comment = "",
                          .status = SnapshotStatus::Completed,
                          .statusReason = std::nullopt,
                          .progressPercent = std::nullopt,
                          .startTime = at(1'700'000'000)};
  EXPECT_CALL(admin_, adoptSnapshot(_, snapshot.snapshotId, "")).WillOnce(Return(snapshot));
  EXPECT_EQ(client_.adoptSnapshot(context_, snapshot.snapshotId, ""), snapshot);
}

TEST_F(VbsAdminRoundTrip, RefusesToAdoptWhatIsNoId) {
  refusalOf(adminRequest("adoptVolume", "<volumeId>snap-0a1b2c3d</volumeId>"));
  refusalOf(adminRequest("adoptSnapshot", "<snapshotId>vol-0a1b2c3d</snapshotId>"));
  refusalOf(adminRequest("adoptVolume", ""));
}

TEST_F(VbsAdminRoundTrip, DescribesACapacityWithAllThatIsKnownOfIt) {
  const CapacityReport report{
      .seen = SeenCapacity{.totalBytes = 1LL << 60, .freeBytes = 1LL << 59, .time = at(1'700'000'000)},
      .reason = "no <answer> since",
      .volumesGiB = 5'000'000'000,
      .snapshotsGiB = 6'000'000'000,
      .overcommit = "2.5",
      .limitGiB = 7'000'000'000};
  EXPECT_CALL(admin_, describeCapacity(_)).WillOnce(Return(report));
  EXPECT_EQ(client_.describeCapacity(context_), report);
}

TEST_F(VbsAdminRoundTrip, DescribesACapacityThatIsNotKnown) {
  const CapacityReport report{.overcommit = "unlimited"};
  EXPECT_CALL(admin_, describeCapacity(_)).WillOnce(Return(report));
  EXPECT_EQ(client_.describeCapacity(context_), report);
}

TEST_F(VbsAdminRoundTrip, GivesEachRequestANameOfItsOwn) {
  std::vector<std::string> names;
  EXPECT_CALL(admin_, describeOperations(_)).Times(2).WillRepeatedly([&](const RequestContext& context) {
    names.push_back(context.requestId.str());
    return std::vector<OpenOperation>{};
  });
  client_.describeOperations(context_);
  client_.describeOperations(context_);
  ASSERT_EQ(names.size(), 2U);
  EXPECT_NE(names[0], names[1]);
}

TEST_F(VbsAdminRoundTrip, CarriesAnError) {
  EXPECT_CALL(admin_, reconcile(_, _)).WillOnce([](const auto&, const auto&) -> ReconcileReport {
    throw Error(ErrorCode::Busy, "another run goes on");
  });
  const Error error = errorOf([&] { client_.reconcile(context_, {}); });
  EXPECT_EQ(error.code(), ErrorCode::Busy);
  EXPECT_STREQ(error.what(), "another run goes on");
}

TEST_F(VbsAdminRoundTrip, RefusesMessagesThatAreNotOfItsContract) {
  EXPECT_THAT(refusalOf(envelope("<describeVolumes xmlns='urn:vbs:service:1'/>")),
              HasSubstr("is no operation of this address"));
  EXPECT_THAT(refusalOf(adminRequest("describeOperations", "<volumeId>vol-0a1b2c3d</volumeId>")),
              HasSubstr("&lt;volumeId&gt; is not expected"));
  EXPECT_THAT(refusalOf(adminRequest("reconcile", "<dryRun>maybe</dryRun>")),
              HasSubstr("the value of &lt;dryRun&gt; is not of its type"));
  EXPECT_THAT(refusalOf(adminRequest("reconcile", "<dryRun>true</dryRun><dryRun>false</dryRun>")),
              HasSubstr("&lt;dryRun&gt; is not expected"));
  EXPECT_THAT(refusalOf(adminRequest("backup", "")), HasSubstr("&lt;backup&gt; lacks a required element"));
  EXPECT_THAT(refusalOf(adminRequest("backup", "<file>" + std::string(70'000, 'x') + "</file>")),
              HasSubstr("the value of &lt;file&gt; is too long"));
  EXPECT_THAT(refusalOf(adminRequest("backup", "<file>a&#0;b</file>")), HasSubstr("&amp;#0;"));
}

TEST_F(VbsAdminRoundTrip, RefusesAMessageThatIsCutShortAtEveryByte) {
  const std::string whole = adminRequest("reconcile", "<removeOrphans>true</removeOrphans>");
  for (std::size_t length = 0; length < whole.size(); ++length) refusalOf(whole.substr(0, length));
}

TEST_F(VbsAdminRoundTrip, NeverReconcilesForRealWhenADryRunWasAskedInAnotherSpelling) {
  for (const std::string spelling : {"true", "1", " true ", "\n1\n"}) {
    EXPECT_CALL(admin_, reconcile(_, _)).WillOnce([&](const auto&, const ReconcileRequest& request) {
      EXPECT_TRUE(request.dryRun) << spelling;
      return ReconcileReport{};
    });
    EXPECT_EQ(answerTo(adminRequest("reconcile", "<dryRun>" + spelling + "</dryRun>")).status, 200);
  }
  for (const std::string spelling : {"", "TRUE", "yes", "2", "true false"}) {
    refusalOf(adminRequest("reconcile", "<dryRun>" + spelling + "</dryRun>"));
  }
}

TEST_F(VbsAdminRoundTrip, AnswersSoap12InSoap12) {
  EXPECT_CALL(admin_, describeOperations(_)).WillOnce(Return(std::vector{bareOperation()}));
  const http::Response reply =
      answerTo(adminRequest("describeOperations", "", kSoap12), "application/soap+xml");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.contentType, "application/soap+xml; charset=utf-8");
  EXPECT_THAT(reply.body, HasSubstr("<adm:operationId>1</adm:operationId>"));
  EXPECT_THAT(reply.body, HasSubstr("<adm:state>running</adm:state>"));
}

/// Answers every message with the same envelope.
class FixedEndpoint final : public Endpoint {
public:
  explicit FixedEndpoint(std::string body) : body_(std::move(body)) {}

  std::string_view path() const override { return "/vbs/admin"; }
  std::string wsdl(std::string_view) const override { return {}; }
  http::Response handle(const Message&) override { return {200, "text/xml; charset=utf-8", body_}; }

private:
  std::string body_;
};

TEST(VbsAdminClient, RefusesAnAnswerThatTheModelDoesNotKnow) {
  const auto complaintAbout = [](const std::string& drift) -> std::string {
    FixedEndpoint endpoint(
        adminRequest("reconcileResponse", "<drifts><drift>" + drift +
                                              "</drift></drifts><unreachable/><driftsSeen>1</driftsSeen>"
                                              "<driftsRepaired>0</driftsRepaired>"));
    VbsAdminClient client(std::make_unique<fakes::LoopbackChannel>(endpoint));
    try {
      client.reconcile({RequestId("r")}, {});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InternalError);
      return error.what();
    }
    return "none";
  };
  const auto drift = [](const std::string& kind, const std::string& outcome) {
    return "<kind>" + kind + "</kind><resourceId>vol-0a1b2c3d</resourceId><description/><outcome>" + outcome +
           "</outcome><firstSeen>2026-01-02T03:04:05Z</firstSeen>";
  };
  EXPECT_EQ(complaintAbout(drift("stray-target", "planned")), "none");
  EXPECT_THAT(complaintAbout(drift("lost-target", "planned")),
              HasSubstr("\"lost-target\" is no kind of drift"));
  EXPECT_THAT(complaintAbout(drift("stray-target", "mended")),
              HasSubstr("\"mended\" is no outcome of a drift"));
}

TEST(VbsAdminClient, RefusesAStateThatTheContractDoesNotKnow) {
  FixedEndpoint endpoint(adminRequest(
      "describeOperationsResponse",
      "<operations><operation><operationId>1</operationId><kind>attachVolume</kind>"
      "<resourceId>vol-0a1b2c3d</resourceId><state>paused</state><step/><requestId>r</requestId>"
      "<createTime>2026-01-02T03:04:05Z</createTime><updateTime>2026-01-02T03:04:05Z</updateTime>"
      "<attempts>0</attempts></operation></operations>"));
  VbsAdminClient client(std::make_unique<fakes::LoopbackChannel>(endpoint));
  const Error error = errorOf([&] { client.describeOperations({RequestId("r")}); });
  EXPECT_THAT(error.what(), HasSubstr("\"paused\" is no state of an operation"));
}

}  // namespace
}  // namespace vbs::soap
