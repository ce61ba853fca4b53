// What a volume's life costs end to end: client, VBS Service, Volume Delegate, a command that does nothing;
// all hops over SOAP and HTTP on loopback. Beside it, the floor: the two commands alone.
#include <benchmark/benchmark.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "common/command/live_command_file.h"
#include "common/command/process_runner.h"
#include "common/http/server.h"
#include "common/model/uuid.h"
#include "common/soap/vbs_service/client.h"
#include "common/soap/vbs_service/endpoint.h"
#include "common/soap/volume_delegate/client.h"
#include "common/soap/volume_delegate/endpoint.h"
#include "vbs_service/coordinator.h"
#include "volume_delegate/command_volume_delegate.h"

namespace vbs {
namespace {

void twoCommandsFloor(benchmark::State& state) {
  command::ProcessRunner runner;
  command::Command command;
  command.argv = {"/bin/true"};
  for (auto _ : state) {
    runner.run(command);
    runner.run(command);
  }
}
BENCHMARK(twoCommandsFloor)->Unit(benchmark::kMicrosecond)->UseRealTime();

void createAndDeleteVolume(benchmark::State& state) {
  spdlog::set_level(spdlog::level::err);
  const auto directory = std::filesystem::temp_directory_path() / ("vbs-bench-" + randomUuid());
  std::filesystem::create_directory(directory);
  std::ofstream(directory / "commands.properties")
      << "volume.create = true <volumeId>\nvolume.delete = true <volumeId>\n";
  {
    command::LiveCommandFile commands(directory / "commands.properties", command::Host::VolumeServer);
    command::ProcessRunner runner;
    volume_delegate::CommandVolumeDelegate volumeDelegate(commands, runner, nullptr, {.version = "bench"});
    soap::VolumeDelegateEndpoint volumeEndpoint(volumeDelegate);
    http::Server volumeServer({}, {&volumeEndpoint});

    metadata::MetadataStore store(directory / "vbs.sqlite");
    soap::VolumeDelegateClient volumes(volumeServer.url() + "/volume-delegate", http::Client::Timeouts{});
    VmmDelegates hosts({}, [](const std::string&) { return std::shared_ptr<VmmDelegate>(); });
    const VolumeServers volumeServers({{defaultVolumeServer(), volumes}});
    Coordinator coordinator(store, volumeServers, hosts, {});
    soap::VbsServiceEndpoint endpoint(coordinator);
    http::Server server({}, {&endpoint});
    soap::VbsServiceClient client(server.url() + "/vbs", http::Client::Timeouts{});

    const RequestContext context{RequestId("bench")};
    for (auto _ : state) {
      const Volume volume =
          client.createVolume(context, {.sizeGiB = 1, .comment = {}, .snapshotId = {}, .clientToken = {}});
      client.deleteVolume(context, volume.volumeId);
    }
    server.stop(std::chrono::milliseconds(0));
    volumeServer.stop(std::chrono::milliseconds(0));
  }
  std::filesystem::remove_all(directory);
}
BENCHMARK(createAndDeleteVolume)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace vbs
