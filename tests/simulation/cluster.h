#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/command/live_command_file.h"
#include "common/http/channel.h"
#include "simulation/model/promises.h"
#include "simulation/time/random.h"
#include "simulation/time/trace.h"
#include "simulation/time/virtual_scheduler.h"
#include "simulation/world/commands.h"
#include "simulation/world/network.h"
#include "simulation/world/program.h"
#include "simulation/world/world.h"
#include "support/faulty_disk.h"

namespace vbs::simulation {

/// The pattern file as each kind of delegate reads it. One serves all runs.
struct PatternFiles {
  explicit PatternFiles(const std::filesystem::path& file)
      : volumeServer(file, command::Host::VolumeServer), vmHost(file, command::Host::VmHost) {}
  command::LiveCommandFile volumeServer;
  command::LiveCommandFile vmHost;
};

/// The whole system: the service, the volume server and two VM hosts with their delegates, all as they are in
/// the programs but for the network, the commands, the disk and the time. Not thread-safe.
class Cluster {
public:
  /// `database`: a file that is not there yet. `broken`: told what must not happen.
  Cluster(std::uint64_t seed, Trace& trace, PatternFiles& patterns, std::filesystem::path database,
          std::function<void(const std::string&)> broken);

  void start();
  /// All programs end, and none is started again.
  void stop();

  /// The way of a client to a path of the service.
  std::unique_ptr<http::Channel> channelOf(const std::string& client, const std::string& path);

  /// The service dies at the n-th change of its disk from now (1: the next), which is done by half; with
  /// `cutsPower` what was not synced is lost too.
  void killServiceAtChange(std::size_t n, bool cutsPower);
  /// The service dies now.
  void killService();

  VirtualScheduler& scheduler() { return scheduler_; }
  Random& random() { return random_; }
  Trace& trace() { return trace_; }
  Network& network() { return network_; }
  World& world() { return world_; }
  Promises& promises() { return promises_; }
  support::FaultyDisk& disk() { return disk_; }
  CommandTroubles& troubles() { return troubles_; }
  Program& service() { return service_; }
  Program& volumeDelegate() { return volumeDelegate_; }
  Program& vmmDelegate(const std::string& host) { return host == "host1" ? vmmDelegate1_ : vmmDelegate2_; }
  static const std::vector<std::string>& hosts();

  void note(const std::string& who, const std::string& what) { trace_.note(scheduler_.now(), who, what); }

private:
  void runService(Program& program);
  void runVolumeDelegate(Program& program);
  void runVmmDelegate(Program& program, const std::string& host);
  std::string drawUuid();

  Trace& trace_;
  PatternFiles& patterns_;
  const std::filesystem::path database_;
  Random random_;
  VirtualScheduler scheduler_;
  Network network_;
  Promises promises_;
  World world_;
  CommandTroubles troubles_;
  support::FaultyDisk disk_;
  Program service_;
  Program volumeDelegate_;
  Program vmmDelegate1_;
  Program vmmDelegate2_;
};

}  // namespace vbs::simulation
