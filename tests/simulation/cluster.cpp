#include "simulation/cluster.h"

#include <fmt/format.h>

#include <utility>

#include "common/soap/vbs_admin/endpoint.h"
#include "common/soap/vbs_service/endpoint.h"
#include "common/soap/vmm_delegate/client.h"
#include "common/soap/vmm_delegate/endpoint.h"
#include "common/soap/volume_delegate/client.h"
#include "common/soap/volume_delegate/endpoint.h"
#include "common/soap/volume_status/client.h"
#include "common/soap/volume_status/endpoint.h"
#include "simulation/watched_service.h"
#include "vbs_service/coordinator.h"
#include "vbs_service/metadata/metadata_store.h"
#include "vbs_service/workflows/resume.h"
#include "vmm_delegate/command_vmm_delegate.h"
#include "volume_delegate/command_volume_delegate.h"

namespace vbs::simulation {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr seconds kCallTimeout{120};
/// A client waits longer than the service for its delegates.
constexpr minutes kClientTimeout{10};
constexpr seconds kStopGrace{10};

CoordinatorSettings settings(const std::string& instance) {
  CoordinatorSettings settings;
  settings.service = {.instance = ServiceInstanceId(instance), .name = "vbs-service"};
  settings.workflows = 4;
  settings.queuedWorkflows = 6;
  settings.retries = 2;
  settings.ownerPatience = kCallTimeout + seconds(5);
  settings.reconcileInterval = seconds(30);
  settings.capacity.interval = minutes(1);
  settings.overcommit = capacity::Overcommit("1");
  return settings;
}

}  // namespace

Cluster::Cluster(std::uint64_t seed, Trace& trace, PatternFiles& patterns, std::filesystem::path database,
                 std::function<void(const std::string&)> broken)
    : trace_(trace),
      patterns_(patterns),
      database_(std::move(database)),
      random_(seed),
      scheduler_(random_.next(), trace, broken),
      network_(scheduler_, random_.next(), trace),
      world_(promises_, broken),
      service_(scheduler_, random_, trace, "service", [this](Program& program) { runService(program); }),
      volumeDelegate_(scheduler_, random_, trace, "volumes",
                      [this](Program& program) { runVolumeDelegate(program); }),
      vmmDelegate1_(scheduler_, random_, trace, "host1",
                    [this](Program& program) { runVmmDelegate(program, "host1"); }),
      vmmDelegate2_(scheduler_, random_, trace, "host2",
                    [this](Program& program) { runVmmDelegate(program, "host2"); }) {
  service_.onEnd([this] {
    disk_.heal();
    disk_.onStrike(nullptr);
  });
}

const std::vector<std::string>& Cluster::hosts() {
  static const std::vector<std::string> kHosts{"host1", "host2"};
  return kHosts;
}

void Cluster::start() {
  volumeDelegate_.start();
  vmmDelegate1_.start();
  vmmDelegate2_.start();
  service_.start();
}

void Cluster::stop() {
  for (Program* const program : {&service_, &volumeDelegate_, &vmmDelegate1_, &vmmDelegate2_}) {
    program->setPower(false);
  }
  scheduler_.sleep(milliseconds(1));
}

std::unique_ptr<http::Channel> Cluster::channelOf(const std::string& client, const std::string& path) {
  return network_.channel(client, "service", path, kClientTimeout);
}

void Cluster::killServiceAtChange(std::size_t n, bool cutsPower) {
  if (!service_.isRunning()) return;
  disk_.failFrom(n, cutsPower ? support::DiskFault::PowerCut : support::DiskFault::Death);
  disk_.onStrike([this] { service_.kill(); });
}

void Cluster::killService() {
  if (!service_.isRunning()) return;
  disk_.onStrike(nullptr);
  disk_.failFrom(1, support::DiskFault::Death);
  service_.kill();
}

std::string Cluster::drawUuid() {
  const std::uint64_t high = random_.next();
  const std::uint64_t low = random_.next();
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", high >> 32U, (high >> 16U) & 0xffffU,
                     high & 0xfffU, low >> 52U, low & 0xffffffffffffU);
}

void Cluster::runService(Program& program) {
  metadata::MetadataStore store(
      database_, workflows::operationKinds(), [this] { return drawUuid(); }, scheduler_);
  soap::VolumeDelegateClient volumes(
      network_.channel("service", "volumes", "/volume-delegate", kCallTimeout));
  VmmDelegates vmmDelegates({{.name = "host1", .url = "http://host1:8092/vmm-delegate"},
                             {.name = "host2", .url = "http://host2:8092/vmm-delegate"}},
                            [this](const std::string& url) {
                              const std::string host =
                                  url.find("host1") != std::string::npos ? "host1" : "host2";
                              return std::make_shared<soap::VmmDelegateClient>(
                                  network_.channel("service", host, "/vmm-delegate", kCallTimeout));
                            });
  const VolumeServers volumeServers({{defaultVolumeServer(), volumes}});
  Coordinator coordinator(store, volumeServers, vmmDelegates, settings(drawUuid()), scheduler_);
  WatchedService watched(coordinator, promises_);
  soap::VbsServiceEndpoint service(watched);
  soap::VbsAdminEndpoint admin(coordinator.administration());
  soap::VolumeStatusEndpoint status(coordinator);
  {
    const Server server(scheduler_, network_, "service", {&service, &admin, &status});
    program.awaitTermination();
    coordinator.stop(kStopGrace);
    scheduler_.endInOrder();
  }
}

void Cluster::runVolumeDelegate(Program& program) {
  SimulatedCommands commands(scheduler_, random_, trace_, world_, troubles_, "volumes");
  soap::VolumeStatusClient service(network_.channel("volumes", "service", "/volume-status", kCallTimeout));
  volume_delegate::CommandVolumeDelegate delegate(
      patterns_.volumeServer, commands, &service,
      {.version = "simulated", .identity = DelegateId("volume-server")}, scheduler_);
  soap::VolumeDelegateEndpoint endpoint(delegate);
  const Server server(scheduler_, network_, "volumes", {&endpoint});
  program.awaitTermination();
  delegate.requestStop();
  scheduler_.endInOrder();
}

void Cluster::runVmmDelegate(Program& program, const std::string& host) {
  SimulatedCommands commands(scheduler_, random_, trace_, world_, troubles_, host);
  vmm_delegate::CommandVmmDelegate delegate(
      patterns_.vmHost, commands, {.version = "simulated", .identity = DelegateId(host + "-delegate")},
      scheduler_);
  soap::VmmDelegateEndpoint endpoint(delegate);
  const Server server(scheduler_, network_, host, {&endpoint});
  program.awaitTermination();
  scheduler_.endInOrder();
}

}  // namespace vbs::simulation
