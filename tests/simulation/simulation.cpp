#include "simulation/simulation.h"

#include <fmt/format.h>

#include <memory>
#include <set>
#include <utility>

#include "common/model/error.h"
#include "common/soap/vbs_admin/client.h"
#include "simulation/client.h"
#include "simulation/mishaps.h"
#include "simulation/model/contents.h"
#include "simulation/model/invariant.h"
#include "simulation/model/ledger.h"
#include "simulation/time/log_sink.h"
#include "simulation/time/virtual_time.h"

namespace vbs::simulation {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const RequestContext kContext{RequestId("test")};

/// A directory with the database of one run.
class RunDirectory {
public:
  RunDirectory(const std::filesystem::path& parent, std::uint64_t seed)
      : path_(parent / ("seed-" + std::to_string(seed))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directory(path_);
  }
  ~RunDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;

  std::filesystem::path database() const { return path_ / "vbs.sqlite"; }

private:
  const std::filesystem::path path_;
};

class Run {
public:
  Run(const RunOptions& options, PatternFiles& patterns)
      : options_(options),
        trace_(options.write),
        directory_(options.directory, options.seed),
        broken_([this](const std::string& what) { violate(what); }),
        cluster_(options.seed, trace_, patterns, directory_.database(), broken_),
        logging_(cluster_.scheduler(), trace_),
        ledger_(broken_),
        contents_(broken_),
        mishaps_(cluster_),
        market_{.cluster = cluster_,
                .ledger = ledger_,
                .contents = contents_,
                .contradicted = broken_,
                .mayBeInternal = [this] { return mishaps_.hasHurtTheDisk(); },
                .operationsLeft = options.operations} {}

  RunResult play() {
    cluster_.note("test", fmt::format("seed {}; {}", options_.seed, mishaps_.describe()));
    cluster_.start();
    beginClients();
    const auto mishaps = cluster_.scheduler().launch(
        "mishaps", [this] { mishaps_.run(); }, nullptr);
    while (clientsLeft_ > 0 && isGood()) cluster_.scheduler().sleep(seconds(1));
    mishaps_.end();
    for (const auto& client : clients_) cluster_.scheduler().kill(client);
    cluster_.scheduler().kill(mishaps);
    if (isGood()) comeToRest();
    cluster_.stop();
    return {.hash = trace_.hash(),
            .operations = market_.operationsDone,
            .faults = trace_.faults(),
            .virtualSeconds = secondsSinceStart(cluster_.scheduler().now()),
            .switches = cluster_.scheduler().switches(),
            .violations = violations_};
  }

private:
  bool isGood() const { return violations_.empty(); }

  void violate(const std::string& what) {
    violations_.push_back(what);
    cluster_.note("VIOLATED", what);
  }

  void beginClients() {
    for (int i = 1; i <= options_.clients; ++i) {
      const std::string name = "client" + std::to_string(i);
      ++clientsLeft_;
      clients_.push_back(cluster_.scheduler().launch(
          name, [this, name] { Client(market_, name).run(); }, [this] { --clientsLeft_; }));
    }
  }

  void comeToRest() {
    soap::VbsServiceClient service(cluster_.channelOf("test", "/vbs"));
    soap::VbsAdminClient admin(cluster_.channelOf("test", "/vbs/admin"));
    const auto deadline = cluster_.scheduler().now() + hours(2);
    std::string why;
    while (cluster_.scheduler().now() < deadline && isGood()) {
      cluster_.scheduler().sleep(seconds(5));
      try {
        why = unrest(service, admin);
        if (!why.empty()) {
          actByHand(service, why);
          continue;
        }
        check(allVolumes(service), allSnapshots(service));
        return;
      } catch (const Error& error) {
        why = error.what();
      }
    }
    if (isGood()) violate("it does not come to rest: " + why);
  }

  /// An administrator does what he is told: what was done by hand, VBS does not always take away.
  void actByHand(VbsService& service, const std::string& told) {
    if (told.find("has it") == std::string::npos && told.find("it is exported as") == std::string::npos)
      return;
    const auto id = told.find("vol-");
    constexpr std::size_t kLength = 12;
    if (id == std::string::npos) return;
    const std::string volume = told.substr(id, kLength);
    cluster_.world().takeBackByHand(volume);
    if (told.find("detach-volume --force") == std::string::npos) return;
    service.detachVolume(kContext, {.volumeId = VolumeId(volume), .force = true});
  }

  /// Why it is not at rest yet; empty when it is.
  std::string unrest(VbsService& service, VbsAdmin& admin) {
    // A late call that comes between these questions and the check is not what the check is about.
    if (!cluster_.network().isQuiet()) return "a request is on its way";
    for (const OpenOperation& operation : admin.describeOperations(kContext)) {
      return fmt::format("{} of {} is open: {}", operation.kind, operation.resourceId,
                         operation.lastError.value_or(""));
    }
    for (const Volume& volume : allVolumes(service)) {
      if (volume.status == VolumeStatus::Pending) return volume.volumeId.str() + " is pending";
    }
    const ReconcileReport report = admin.reconcile(kContext, {});
    for (const Drift& drift : report.drifts) return drift.description;
    for (const std::string& part : report.unreachable) return part;
    return {};
  }

  void check(const std::vector<Volume>& volumes, const std::vector<Snapshot>& snapshots) {
    cluster_.note("test",
                  fmt::format("all is at rest: {} volumes, {} snapshots", volumes.size(), snapshots.size()));
    for (const std::string& difference : differences(cluster_.world(), volumes, snapshots))
      violate(difference);
    ledger_.rest(listingOf(volumes), listingOf(snapshots));
    std::map<std::string, std::string> good;
    for (const Volume& volume : volumes) {
      if (volume.status != VolumeStatus::Error) good.emplace(volume.volumeId.str(), volume.comment);
    }
    for (const Snapshot& snapshot : snapshots) good.emplace(snapshot.snapshotId.str(), snapshot.comment);
    contents_.check(cluster_.world(), good);
  }

  const RunOptions& options_;
  Trace trace_;
  const RunDirectory directory_;
  std::vector<std::string> violations_;
  const std::function<void(const std::string&)> broken_;
  Cluster cluster_;
  const LoggingToTrace logging_;
  Ledger ledger_;
  Contents contents_;
  Mishaps mishaps_;
  Market market_;
  int clientsLeft_ = 0;
  std::vector<std::shared_ptr<Process>> clients_;
};

}  // namespace

RunResult play(const RunOptions& options, PatternFiles& patterns) {
  return Run(options, patterns).play();
}

}  // namespace vbs::simulation
