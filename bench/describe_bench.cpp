// What a page of describeVolumes costs through SOAP and HTTP on loopback, beside one volume.
#include <benchmark/benchmark.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "common/http/server.h"
#include "common/model/uuid.h"
#include "common/soap/vbs_service/client.h"
#include "common/soap/vbs_service/endpoint.h"
#include "common/soap/volume_delegate/client.h"
#include "vbs_service/coordinator.h"

namespace vbs {
namespace {

/// Stores without doing.
class InstantVolumeDelegate : public VolumeDelegate {
public:
  VolumeDelegateDescription describeDelegate(const RequestId&, const Commander&) override { return {}; }
  CreateVolumeOutcome createVolume(const OperationContext&, const VolumeId&, SizeGiB,
                                   const std::optional<SnapshotId>&) override {
    return CreateVolumeOutcome::Available;
  }
  void deleteVolume(const OperationContext&, const VolumeId&, SizeGiB) override {}
  void createSnapshot(const OperationContext&, const SnapshotId&, const VolumeId&, SizeGiB) override {}
  void deleteSnapshot(const OperationContext&, const SnapshotId&, const VolumeId&, SizeGiB) override {}
  VolumeExport exportVolume(const OperationContext&, const VolumeId&, const std::optional<TargetIdentity>&,
                            const VmmHostname&) override {
    return {};
  }
  void unexportVolume(const OperationContext&, const VolumeId&, const std::optional<TargetIdentity>&,
                      const std::optional<VmmHostname>&) override {}
  std::vector<CopyStatus> describeCopies(const RequestId&, const std::vector<VolumeId>&) override {
    return {};
  }
  VolumeServerInventory inventory(const RequestId&) override { return {}; }
  Capacity capacity(const RequestId&) override { return {}; }
};

void describeVolumes(benchmark::State& state) {
  spdlog::set_level(spdlog::level::err);
  const auto directory = std::filesystem::temp_directory_path() / ("vbs-bench-" + randomUuid());
  std::filesystem::create_directory(directory);
  {
    metadata::MetadataStore store(directory / "vbs.sqlite");
    InstantVolumeDelegate volumes;
    VmmDelegates hosts({}, [](const std::string&) { return std::shared_ptr<VmmDelegate>(); });
    const VolumeServers volumeServers({{defaultVolumeServer(), volumes}});
    Coordinator coordinator(store, volumeServers, hosts, {});
    soap::VbsServiceEndpoint endpoint(coordinator);
    http::Server server({}, {&endpoint});
    soap::VbsServiceClient client(server.url() + "/vbs", http::Client::Timeouts{});
    const RequestContext context{RequestId("bench")};
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      coordinator.createVolume(context,
                               {.sizeGiB = 1, .comment = "a volume", .snapshotId = {}, .clientToken = {}});
    }
    for (auto _ : state) {
      benchmark::DoNotOptimize(
          client.describeVolumes(context, {.ids = {}, .maxResults = 1000, .nextToken = {}}));
    }
    server.stop(std::chrono::milliseconds(0));
  }
  std::filesystem::remove_all(directory);
}
BENCHMARK(describeVolumes)->Arg(1)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace vbs
