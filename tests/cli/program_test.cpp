#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "common/command/process_runner.h"
#include "common/http/server.h"
#include "common/model/error.h"
#include "common/soap/vbs_admin/endpoint.h"
#include "common/soap/vbs_service/endpoint.h"
#include "fakes/mock_vbs_admin.h"
#include "fakes/mock_vbs_service.h"
#include "records.h"

// The program itself, as a process, before a real SOAP server.

namespace vbs::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::NiceMock;
using testing::StartsWith;
using testing::WithArg;

class Program : public testing::Test {
public:
  ~Program() override { std::filesystem::remove(pidFile); }

  /// Starts the server, so what `service` does is settled before any thread of it runs.
  void listen() {
    server.emplace(http::ServerSettings{}, std::vector<http::Resource*>{&soapEndpoint, &adminEndpoint});
    endpoint = server->url() + "/vbs";
  }

  /// `arguments` as a shell reads them; `after`: a redirection or a pipe. Listens if that was not done yet.
  command::CommandResult run(const std::string& arguments, const std::string& after = "") {
    if (endpoint.empty()) listen();
    const std::string line = "echo $$ >" + pidFile + "; VBS_ENDPOINT=" + endpoint +
                             (after.starts_with("|") ? " " : " exec ") + VBS_PROGRAM + " " + arguments + " " +
                             after;
    return command::ProcessRunner().run({.argv = {"/bin/bash", "-o", "pipefail", "-c", line},
                                         .timeout = std::chrono::minutes(2),
                                         .stop = {},
                                         .onStderr = {}});
  }

  int pidOfProgram() const {
    int pid = 0;
    std::ifstream(pidFile) >> pid;
    return pid;
  }

  NiceMock<fakes::MockVbsService> service;
  soap::VbsServiceEndpoint soapEndpoint{service};
  NiceMock<fakes::MockVbsAdmin> admin;
  soap::VbsAdminEndpoint adminEndpoint{admin};
  std::string endpoint;
  const std::string pidFile = testing::TempDir() + "vbs-program-" + std::to_string(::getpid()) + ".pid";
  std::optional<http::Server> server;  ///< last: its threads end before what they use
};

TEST_F(Program, DoesACommandOverTheNetwork) {
  ON_CALL(service, createVolume).WillByDefault(WithArg<1>([](const CreateVolumeRequest& request) {
    EXPECT_EQ(request.sizeGiB, 10);
    EXPECT_EQ(request.comment, "Größe <&>");
    EXPECT_EQ(request.clientToken.value_or("").size(), 36U);
    return availableVolume();
  }));
  const auto result = run("create-volume 10 'Größe <&>' --output text");
  EXPECT_EQ(result.exitCode, 0);
  EXPECT_EQ(result.out,
            "VOLUME\tvol-0a1b2c3d\t10\t\tavailable\t2009-12-09T10:00:00Z\t\tdata of the wiki\t\n");
  EXPECT_THAT(result.err, IsEmpty());
}

TEST_F(Program, TellsARefusalWithItsRequestId) {
  ON_CALL(service, deleteVolume).WillByDefault(WithArg<1>([](const VolumeId& id) {
    throw Error(ErrorCode::DelegateUnreachable, "the volume server does not answer", id.str());
  }));
  const auto result = run("delete-volume vol-0a1b2c3d --verbose");
  EXPECT_EQ(result.exitCode, 1);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err,
              testing::ContainsRegex("vbs: deleteVolume refused with DelegateUnreachable "
                                     "\\(request [0-9a-f-]{36}\\) in [0-9.]+ ms\n"
                                     "vbs: DelegateUnreachable: the volume server does not answer\n"));
}

TEST_F(Program, ExitsWith2OnAWrongCommandLine) {
  EXPECT_EQ(run("").exitCode, 2);
  EXPECT_EQ(run("delete-volume vol-1").exitCode, 2);
  EXPECT_EQ(run("describe-volumes --endpoint nowhere").exitCode, 2);
}

TEST_F(Program, ExitsWith3WhenNobodyListens) {
  listen();
  server.reset();
  const auto result = run("describe-volumes");
  EXPECT_EQ(result.exitCode, 3);
  EXPECT_THAT(result.err, StartsWith("vbs: no answer from the VBS Service: " + endpoint));
}

TEST_F(Program, ExitsWith3WhenTheEndpointIsAnother) {
  listen();
  endpoint = server->url() + "/elsewhere";
  const auto result = run("describe-volumes");
  EXPECT_EQ(result.exitCode, 3);
  EXPECT_THAT(result.err, HasSubstr("HTTP 404"));
  EXPECT_THAT(result.err, HasSubstr("vbs: try: --endpoint " + server->url() + "/vbs\n"));
}

TEST_F(Program, AsksTheAdministrationUnderTheSameEndpoint) {
  ON_CALL(admin, reconcile).WillByDefault(WithArg<1>([](const ReconcileRequest& request) {
    EXPECT_TRUE(request.dryRun);
    return mixedReport();
  }));
  const auto result = run("admin reconcile --dry-run --output text");
  EXPECT_EQ(result.exitCode, 1);
  EXPECT_THAT(result.out, StartsWith("DRIFT\tmissing-target\tvol-9e8f7a6b\t\trepaired\t"));
  EXPECT_EQ(result.err,
            "vbs: could not be looked at: VM host node8: no answer\n"
            "vbs: 1 drift could not be mended; the next run tries again\n");
}

TEST_F(Program, ExitsWith5AndOneLineOnAFullDisk) {
  ON_CALL(service, describeVolumes).WillByDefault(WithArg<1>([](const auto&) {
    return Page<Volume>{{availableVolume()}, {}};
  }));
  const auto result = run("describe-volumes", ">/dev/full");
  EXPECT_EQ(result.exitCode, 5);
  EXPECT_EQ(result.err, "vbs: the answer could not be written: No space left on device\n");
}

TEST_F(Program, ExitsWith5WhenItsOutputIsClosed) {
  ON_CALL(service, describeVolumes).WillByDefault(WithArg<1>([](const auto&) {
    return Page<Volume>{{availableVolume()}, {}};
  }));
  const auto listing = run("describe-volumes", ">&-");
  EXPECT_EQ(listing.exitCode, 5);
  EXPECT_EQ(listing.err, "vbs: the answer could not be written: Bad file descriptor\n");
  const auto deletion = run("delete-volume vol-0a1b2c3d", ">&- <&-");
  EXPECT_EQ(deletion.exitCode, 5);
  EXPECT_EQ(deletion.err,
            "vbs: the request was done, but the answer could not be written: Bad file descriptor\n");
  EXPECT_EQ(run("--version", ">&-").exitCode, 5);
}

TEST_F(Program, EndsQuietlyWhenItsReaderLeaves) {
  ON_CALL(service, describeVolumes).WillByDefault(WithArg<1>([](const auto& request) {
    const int page = request.nextToken ? std::stoi(*request.nextToken) : 0;
    return Page<Volume>{std::vector<Volume>(1000, availableVolume()),
                        std::to_string(page + 1)};  // without end
  }));
  const auto result = run("describe-volumes --output text", "| head -n 1");
  EXPECT_EQ(result.exitCode, 5);
  EXPECT_THAT(result.err, IsEmpty());
}

TEST_F(Program, ExitsWith130WhenItsWaitIsInterrupted) {
  ON_CALL(service, createVolume).WillByDefault(WithArg<1>([](const auto&) { return pendingVolume(); }));
  ON_CALL(service, describeVolumes).WillByDefault(WithArg<1>([this](const auto&) {
    ::kill(pidOfProgram(), SIGINT);  // it is waiting by now
    return Page<Volume>{{pendingVolume()}, {}};
  }));
  const auto result = run("create-volume 10 --wait --output text");
  EXPECT_EQ(result.exitCode, 130);
  EXPECT_THAT(result.out, StartsWith("VOLUME\tvol-0a1b2c3d\t"));
  EXPECT_EQ(result.err,
            "vbs: waiting for vol-0a1b2c3d (pending)\n"
            "vbs: no longer waiting for vol-0a1b2c3d; the service goes on with it\n");
}

}  // namespace
}  // namespace vbs::cli
