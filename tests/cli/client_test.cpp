#include "cli/client.h"

#include <gmock/gmock.h>

#include "cli/service_unreachable.h"
#include "client_fixture.h"
#include "common/model/error.h"
#include "records.h"

namespace vbs::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::WithArg;

class Client : public ClientTest {};

TEST_F(Client, CreatesAVolumeAndWritesIt) {
  ON_CALL(service, createVolume).WillByDefault(WithArg<1>([](const CreateVolumeRequest& request) {
    EXPECT_EQ(request.sizeGiB, 10);
    EXPECT_EQ(request.comment, "data of the wiki");
    return availableVolume();
  }));
  EXPECT_EQ(run({"create-volume", "10", "data of the wiki", "--output", "text"}), ExitCode::Done);
  EXPECT_EQ(out.written,
            "VOLUME\tvol-0a1b2c3d\t10\t\tavailable\t2009-12-09T10:00:00Z\t\tdata of the wiki\t\n");
  EXPECT_THAT(err.written, IsEmpty());
  EXPECT_EQ(endpoint, "http://127.0.0.1:8090/vbs");
}

TEST_F(Client, SendsATokenOfItsOwnUnlessOneIsGiven) {
  std::string own;
  ON_CALL(service, createVolume).WillByDefault(WithArg<1>([&](const CreateVolumeRequest& request) {
    own = request.clientToken.value_or("");
    return availableVolume();
  }));
  run({"create-volume", "10"});
  EXPECT_EQ(own.size(), 36U);
}

TEST_F(Client, SendsTheGivenToken) {
  ON_CALL(service, createSnapshot).WillByDefault(WithArg<1>([](const CreateSnapshotRequest& request) {
    EXPECT_EQ(request.clientToken, "t-1");
    return completedSnapshot();
  }));
  EXPECT_EQ(run({"create-snapshot", "vol-0a1b2c3d", "--client-token", "t-1"}), ExitCode::Done);
}

TEST_F(Client, DeletesAVolume) {
  ON_CALL(service, deleteVolume).WillByDefault(WithArg<1>([](const VolumeId& id) {
    EXPECT_EQ(id, VolumeId("vol-0a1b2c3d"));
  }));
  EXPECT_EQ(run({"delete-volume", "vol-0a1b2c3d"}), ExitCode::Done);
  EXPECT_EQ(out.written, "vol-0a1b2c3d deleted\n");
}

TEST_F(Client, DeletesASnapshot) {
  ON_CALL(service, deleteSnapshot).WillByDefault(WithArg<1>([](const SnapshotId& id) {
    EXPECT_EQ(id, SnapshotId("snap-00000001"));
  }));
  EXPECT_EQ(run({"delete-snapshot", "snap-00000001"}), ExitCode::Done);
  EXPECT_EQ(out.written, "snap-00000001 deleted\n");
}

TEST_F(Client, AttachesAndShowsTheAttachment) {
  ON_CALL(service, attachVolume).WillByDefault(WithArg<1>([](const AttachVolumeRequest& request) {
    EXPECT_EQ(request.vmDevice, VmDevice("xvdb"));
    return attachment();
  }));
  EXPECT_EQ(run({"attach-volume", "vol-9e8f7a6b", "node7", "web1", "/dev/xvdb", "--output", "text"}),
            ExitCode::Done);
  EXPECT_THAT(out.written, StartsWith("ATTACHMENT\tvol-9e8f7a6b\tweb1\txvdb\tattached\t"));
}

TEST_F(Client, DetachesByForceOnlyWhenTold) {
  ON_CALL(service, detachVolume).WillByDefault(WithArg<1>([](const DetachVolumeRequest& request) {
    EXPECT_TRUE(request.force);
    return attachment();
  }));
  EXPECT_EQ(run({"detach-volume", "--force", "vol-9e8f7a6b"}), ExitCode::Done);
}

/// Three pages of one volume each, whatever is asked for.
Page<Volume> threePages(const DescribeRequest<VolumeId>& request) {
  const int page = request.nextToken ? std::stoi(*request.nextToken) : 0;
  Volume volume = availableVolume();
  volume.volumeId = VolumeId("vol-0000000" + std::to_string(page));
  return {{volume}, page < 2 ? std::optional(std::to_string(page + 1)) : std::nullopt};
}

TEST_F(Client, FollowsAListingToItsEndAndStreamsText) {
  ON_CALL(service, describeVolumes).WillByDefault(WithArg<1>(threePages));
  EXPECT_EQ(run({"describe-volumes", "--output", "text"}), ExitCode::Done);
  EXPECT_EQ(out.written,
            "VOLUME\tvol-00000000\t10\t\tavailable\t2009-12-09T10:00:00Z\t\tdata of the wiki\t\n"
            "VOLUME\tvol-00000001\t10\t\tavailable\t2009-12-09T10:00:00Z\t\tdata of the wiki\t\n"
            "VOLUME\tvol-00000002\t10\t\tavailable\t2009-12-09T10:00:00Z\t\tdata of the wiki\t\n");
  EXPECT_EQ(out.writes, 3);
}

TEST_F(Client, MakesOneTableOfAllPages) {
  ON_CALL(service, describeVolumes).WillByDefault(WithArg<1>(threePages));
  EXPECT_EQ(run({"describe-volumes"}), ExitCode::Done);
  EXPECT_EQ(out.written,
            "VOLUME          SIZE  STATUS     CREATED               COMMENT\n"
            "vol-00000000  10 GiB  available  2009-12-09T10:00:00Z  data of the wiki\n"
            "vol-00000001  10 GiB  available  2009-12-09T10:00:00Z  data of the wiki\n"
            "vol-00000002  10 GiB  available  2009-12-09T10:00:00Z  data of the wiki\n");
}

TEST_F(Client, FitsTheTerminal) {
  outWidth = 66;
  ON_CALL(service, describeVolumes).WillByDefault(WithArg<1>([](const auto&) {
    return Page<Volume>{{availableVolume()}, {}};
  }));
  EXPECT_EQ(run({"describe-volumes"}), ExitCode::Done);
  EXPECT_THAT(out.written, HasSubstr("  data of th…\n"));
}

TEST_F(Client, EndsAListingThatWouldNeverEnd) {
  ON_CALL(service, describeSnapshots).WillByDefault(WithArg<1>([](const auto&) {
    return Page<Snapshot>{{completedSnapshot()}, "again"};
  }));
  EXPECT_EQ(run({"describe-snapshots"}), ExitCode::Refused);
  EXPECT_THAT(err.written, HasSubstr("again and again"));
}

TEST_F(Client, TellsWhyTheServiceRefuses) {
  ON_CALL(service, deleteVolume).WillByDefault(WithArg<1>([](const VolumeId& id) {
    throw Error(ErrorCode::VolumeInUse, id.str() + " is attached to web1 on node7", id.str());
  }));
  EXPECT_EQ(run({"delete-volume", "vol-0a1b2c3d"}), ExitCode::Refused);
  EXPECT_THAT(out.written, IsEmpty());
  EXPECT_EQ(err.written,
            "vbs: VolumeInUse: vol-0a1b2c3d is attached to web1 on node7\n"
            "vbs: try: vbs detach-volume vol-0a1b2c3d\n");
}

TEST_F(Client, TellsUsageErrorsWithoutAskingTheService) {
  EXPECT_EQ(run({"delete-volume", "vol-1"}), ExitCode::Usage);
  EXPECT_THAT(err.written, HasSubstr("volume id"));
  EXPECT_THAT(endpoint, IsEmpty());
}

TEST_F(Client, ShowsHelpWithoutAskingTheService) {
  EXPECT_EQ(run({"help", "create-volume"}), ExitCode::Done);
  EXPECT_THAT(out.written, HasSubstr("vbs create-volume 10"));
  EXPECT_EQ(run({}), ExitCode::Usage);
  EXPECT_THAT(err.written, HasSubstr("describe-volumes"));
  EXPECT_THAT(endpoint, IsEmpty());
}

TEST_F(Client, NamesTheEndpointThatDoesNotAnswer) {
  variables["VBS_ENDPOINT"] = "http://storage:8090/vbs";
  ON_CALL(service, describeVolumes).WillByDefault(WithArg<1>([](const auto&) -> Page<Volume> {
    throw ServiceUnreachable("http://storage:8090/vbs: Connection refused");
  }));
  EXPECT_EQ(run({"describe-volumes"}), ExitCode::Unreachable);
  EXPECT_EQ(endpoint, "http://storage:8090/vbs");
  EXPECT_EQ(
      err.written,
      "vbs: no answer from the VBS Service: http://storage:8090/vbs: Connection refused\n"
      "vbs: the endpoint in use is http://storage:8090/vbs; --endpoint URL or VBS_ENDPOINT sets another\n");
}

TEST_F(Client, NamesTheLikelyEndpointWhenNothingIsAtTheGivenOne) {
  ON_CALL(service, createVolume).WillByDefault(WithArg<1>([](const auto&) -> Volume {
    throw ServiceUnreachable("what answers there is no SOAP service (HTTP 404)", 404);
  }));
  EXPECT_EQ(run({"create-volume", "1", "--endpoint", "http://127.0.0.1:8090"}), ExitCode::Unreachable);
  EXPECT_EQ(err.written,
            "vbs: no answer from the VBS Service: what answers there is no SOAP service (HTTP 404)\n"
            "vbs: the endpoint in use is http://127.0.0.1:8090; --endpoint URL or VBS_ENDPOINT sets another\n"
            "vbs: try: --endpoint http://127.0.0.1:8090/vbs\n");
}

TEST_F(Client, NamesNoOtherEndpointWhenTheGivenOneLooksRight) {
  ON_CALL(service, describeVolumes).WillByDefault(WithArg<1>([](const auto&) -> Page<Volume> {
    throw ServiceUnreachable("what answers there is no SOAP service (HTTP 404)", 404);
  }));
  EXPECT_EQ(run({"describe-volumes"}), ExitCode::Unreachable);
  EXPECT_THAT(err.written, testing::Not(HasSubstr("try")));
}

TEST_F(Client, KeepsTheAdviceForALostAnswerWhenAProxyAnswersInTheServicesPlace) {
  ON_CALL(service, createVolume).WillByDefault(WithArg<1>([](const auto&) -> Volume {
    throw ServiceUnreachable("what answers there is no SOAP service (HTTP 504)", 504);
  }));
  EXPECT_EQ(run({"create-volume", "1", "--client-token", "t-1"}), ExitCode::Unreachable);
  EXPECT_THAT(err.written, HasSubstr("--client-token t-1"));
}

TEST_F(Client, TellsHowToAskAgainForACreateWhoseAnswerWasLost) {
  std::string token;
  ON_CALL(service, createVolume).WillByDefault(WithArg<1>([&](const CreateVolumeRequest& request) -> Volume {
    token = request.clientToken.value();
    throw ServiceUnreachable("connection reset");
  }));
  EXPECT_EQ(run({"create-volume", "1"}), ExitCode::Unreachable);
  EXPECT_THAT(err.written, HasSubstr("--client-token " + token));
}

TEST_F(Client, TellsWhereToLookAfterAnAttachWhoseAnswerWasLost) {
  ON_CALL(service, attachVolume).WillByDefault(WithArg<1>([](const auto&) -> Attachment {
    throw ServiceUnreachable("connection reset");
  }));
  EXPECT_EQ(run({"attach-volume", "vol-0a1b2c3d", "node7", "web1", "xvdb"}), ExitCode::Unreachable);
  EXPECT_THAT(err.written, HasSubstr("vbs describe-volumes vol-0a1b2c3d"));
}

TEST_F(Client, RefusesAnEndpointThatIsNoUrl) {
  StringOutput messages;
  EXPECT_EQ(runClient({"--endpoint", "nowhere", "describe-volumes"},
                      {.out = out,
                       .err = messages,
                       .outWidth = {},
                       .errWidth = {},
                       .clock = clock,
                       .environment = [](const std::string&) { return std::nullopt; },
                       .connect = [](const std::string& url) -> std::unique_ptr<VbsService> {
                         throw Error(ErrorCode::InvalidParameter, "\"" + url + "\" is not a URL");
                       },
                       .connectAdmin = {}}),
            ExitCode::Usage);
  EXPECT_EQ(messages.written, "vbs: --endpoint (or VBS_ENDPOINT): \"nowhere\" is not a URL\n");
}

TEST_F(Client, TellsAboutEachRequestWhenVerbose) {
  ON_CALL(service, describeVolumes).WillByDefault(WithArg<1>(threePages));
  EXPECT_EQ(run({"describe-volumes", "--verbose"}), ExitCode::Done);
  EXPECT_THAT(err.written, testing::MatchesRegex("(vbs: describeVolumes answered in [0-9.]+ ms\n){3}"));
}

TEST_F(Client, TellsAboutARefusedRequestWhenVerbose) {
  ON_CALL(service, deleteVolume).WillByDefault(WithArg<1>([](const VolumeId&) {
    throw Error(ErrorCode::Busy, "too many at once").withRequestId("3f2a");
  }));
  EXPECT_EQ(run({"delete-volume", "vol-0a1b2c3d", "--verbose"}), ExitCode::Refused);
  EXPECT_THAT(err.written, HasSubstr("vbs: deleteVolume refused with Busy (request 3f2a) in "));
}

TEST_F(Client, EndsSilentlyWhenTheReaderOfAListingLeft) {
  out.failure = EPIPE;
  ON_CALL(service, describeVolumes).WillByDefault(WithArg<1>(threePages));
  EXPECT_EQ(run({"describe-volumes", "--output", "text"}), ExitCode::Output);
  EXPECT_THAT(err.written, IsEmpty());
}

TEST_F(Client, TellsOnceThatTheOutputIsFull) {
  out.failure = ENOSPC;
  ON_CALL(service, describeVolumes).WillByDefault(WithArg<1>(threePages));
  EXPECT_EQ(run({"describe-volumes", "--output", "text"}), ExitCode::Output);
  EXPECT_EQ(err.written, "vbs: the answer could not be written: No space left on device\n");
}

TEST_F(Client, TellsThatTheRequestWasDoneWhenOnlyItsAnswerIsLost) {
  out.failure = EPIPE;
  ON_CALL(service, deleteVolume).WillByDefault(WithArg<1>([](const VolumeId&) {}));
  EXPECT_EQ(run({"delete-volume", "vol-0a1b2c3d"}), ExitCode::Output);
  EXPECT_EQ(err.written, "vbs: the request was done, but the answer could not be written: Broken pipe\n");
}

TEST_F(Client, KeepsItsExitCodeWhenNobodyReadsItsMessages) {
  err.failure = EIO;
  ON_CALL(service, deleteVolume).WillByDefault(WithArg<1>([](const VolumeId&) {
    throw Error(ErrorCode::VolumeNotFound, "none");
  }));
  EXPECT_EQ(run({"delete-volume", "vol-0a1b2c3d"}), ExitCode::Refused);
}

TEST_F(Client, SurvivesWhatItDoesNotExpect) {
  ON_CALL(service, deleteVolume).WillByDefault(WithArg<1>([](const VolumeId&) {
    throw std::runtime_error("surprise");
  }));
  EXPECT_EQ(run({"delete-volume", "vol-0a1b2c3d"}), ExitCode::Refused);
  EXPECT_EQ(err.written, "vbs: unexpected failure: surprise\n");
}

}  // namespace
}  // namespace vbs::cli
