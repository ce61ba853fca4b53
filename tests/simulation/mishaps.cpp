#include "simulation/mishaps.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace vbs::simulation {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const std::vector<Mishaps::Kind>& Mishaps::kinds() {
  static const std::vector<Kind> kKinds{
      {"kill service", &Mishaps::killService},
      {"kill service at a change of its disk", &Mishaps::killServiceAtChange},
      {"end service", &Mishaps::terminateService},
      {"freeze service", &Mishaps::freezeService},
      {"kill delegate", &Mishaps::killDelegate},
      {"end delegate", &Mishaps::terminateDelegate},
      {"freeze delegate", &Mishaps::freezeDelegate},
      {"cut network", &Mishaps::cutNetwork},
      {"disk fails once", &Mishaps::hurtDisk},
      {"full disk", &Mishaps::fillDisk},
      {"set clock", &Mishaps::setClock},
      {"full pool", &Mishaps::fillPool},
      {"targets lost", &Mishaps::loseTargets},
      {"host lost", &Mishaps::loseHost},
      {"VM stopped", &Mishaps::stopVm},
      {"something done by hand", &Mishaps::actByHand},
  };
  return kKinds;
}

Mishaps::Mishaps(Cluster& cluster) : cluster_(cluster), random_(cluster.random()) {
  for (const Kind& kind : kinds()) {
    if (random_.chance(0.4)) drawn_.push_back(kind);
  }
  static constexpr std::array<int, 4> kPauses{2'000, 8'000, 30'000, 120'000};
  pause_ = milliseconds(random_.anyOf(kPauses));
  drawWeather();
}

/// None, or up to that.
double Mishaps::draw(double most) {
  return random_.chance(0.5) ? 0 : most * static_cast<double>(random_.below(100)) / 100;
}

void Mishaps::drawWeather() {
  weather_ = {
      .breaksBefore = draw(0.1), .breaksAfter = draw(0.1), .repeats = draw(0.1), .stalls = draw(0.03)};
  cluster_.network().setWeather(weather_);
  cluster_.troubles() = {.fails = draw(0.15),
                         .hangs = draw(0.02),
                         .isSlow = draw(0.1),
                         .copyFails = draw(0.5),
                         .listFails = draw(0.2),
                         .listIsCut = draw(0.2),
                         .guestHolds = draw(0.3)};
  cluster_.world().setListsMayLack(cluster_.troubles().listIsCut > 0 || cluster_.troubles().listFails > 0);
}

std::string Mishaps::describe() const {
  const CommandTroubles& troubles = cluster_.troubles();
  std::string text = fmt::format(
      "network: breaks before {:.2f}, after {:.2f}, repeats {:.2f}, stalls {:.2f}; commands: fail {:.2f}, "
      "hang {:.2f}, slow {:.2f}, copies fail {:.2f}, lists fail {:.2f}, are cut {:.2f}, guests hold {:.2f}; "
      "every {} s at most:",
      weather_.breaksBefore, weather_.breaksAfter, weather_.repeats, weather_.stalls, troubles.fails,
      troubles.hangs, troubles.isSlow, troubles.copyFails, troubles.listFails, troubles.listIsCut,
      troubles.guestHolds, pause_.count() / 1000);
  for (const Kind& kind : drawn_) text += fmt::format(" {},", kind.name);
  text.pop_back();
  return text;
}

void Mishaps::run() {
  while (!hasEnded_) {
    cluster_.scheduler().sleep(random_.between(milliseconds(100), pause_));
    if (hasEnded_ || drawn_.empty()) continue;
    const Kind& kind = random_.anyOf(drawn_);
    cluster_.note("mishap", kind.name);
    cluster_.trace().countFault();
    (this->*kind.strike)();
  }
}

void Mishaps::end() {
  hasEnded_ = true;
  cluster_.note("mishap", "all goes well from now on");
  cluster_.network().heal();
  cluster_.troubles() = {};
  cluster_.disk().heal();
  cluster_.disk().onStrike(nullptr);
  cluster_.world().setTotalGiB(1'000);
  cluster_.world().tidyUp();
  for (const std::string& host : Cluster::hosts()) {
    cluster_.network().setPower(host, true);
    cluster_.vmmDelegate(host).setPower(true);
    cluster_.world().startHost(host);
  }
}

void Mishaps::later(milliseconds pause, std::function<void()> event) {
  cluster_.scheduler().at(cluster_.scheduler().now() + pause, [this, event = std::move(event)] {
    if (!hasEnded_) event();
  });
}

/// Mostly seconds; minutes, which no time limit outlasts, now and then.
milliseconds Mishaps::duration() {
  static constexpr std::array<int, 4> kMost{500, 5'000, 20'000, 200'000};
  return random_.between(milliseconds(100), milliseconds(random_.anyOf(kMost)));
}

Program& Mishaps::anyDelegate() {
  return random_.chance(0.5) ? cluster_.volumeDelegate() : cluster_.vmmDelegate(anyHost());
}

const std::string& Mishaps::anyHost() {
  return random_.anyOf(Cluster::hosts());
}

void Mishaps::killService() {
  cluster_.killService();
}

void Mishaps::killServiceAtChange() {
  hasHurtTheDisk_ = true;
  const std::size_t change = 1 + random_.below(60);
  cluster_.killServiceAtChange(change, random_.chance(0.3));
}

void Mishaps::terminateService() {
  cluster_.service().terminate();
}

void Mishaps::freezeService() {
  cluster_.service().freeze(duration());
}

void Mishaps::killDelegate() {
  anyDelegate().kill();
}

void Mishaps::terminateDelegate() {
  anyDelegate().terminate();
}

void Mishaps::freezeDelegate() {
  anyDelegate().freeze(duration());
}

void Mishaps::cutNetwork() {
  static const std::vector<std::string> kOthers{"volumes", "host1", "host2"};
  const std::string& other = random_.anyOf(kOthers);
  cluster_.network().cut("service", other, duration());
}

void Mishaps::hurtDisk() {
  hasHurtTheDisk_ = true;
  cluster_.disk().failOnce(1 + random_.below(60), support::DiskFault::IoError);
}

void Mishaps::fillDisk() {
  hasHurtTheDisk_ = true;
  const auto fault = random_.chance(0.7) ? support::DiskFault::Full : support::DiskFault::ReadOnly;
  cluster_.disk().failFrom(1 + random_.below(20), fault);
  later(duration(), [this] { cluster_.disk().heal(); });
}

void Mishaps::setClock() {
  const auto by = std::chrono::duration_cast<seconds>(random_.between(milliseconds(0), hours(48)));
  cluster_.scheduler().setTimeOfDayOn(by - hours(24));
}

void Mishaps::fillPool() {
  cluster_.world().setTotalGiB(20);
  later(duration(), [this] { cluster_.world().setTotalGiB(1'000); });
}

void Mishaps::loseTargets() {
  cluster_.world().loseTargets();
}

/// With its power. Its VMs run a while after it is back.
void Mishaps::loseHost() {
  const std::string host = anyHost();
  if (!lostHosts_.insert(host).second) return;
  cluster_.note(host, "has no power");
  cluster_.network().setPower(host, false);
  cluster_.world().loseHost(host);
  cluster_.vmmDelegate(host).setPower(false);
  const auto back = duration();
  later(back, [this, host] {
    cluster_.note(host, "has power again");
    cluster_.network().setPower(host, true);
    cluster_.vmmDelegate(host).setPower(true);
  });
  later(back + random_.between(milliseconds(0), seconds(20)), [this, host] {
    lostHosts_.erase(host);
    cluster_.note(host, "has its VMs again");
    cluster_.world().startHost(host);
  });
}

void Mishaps::stopVm() {
  const std::string host = anyHost();
  const std::string vm = random_.chance(0.5) ? "vm1" : "vm2";
  if (lostHosts_.contains(host)) return;
  cluster_.note(host, vm + " is stopped");
  cluster_.world().stopVm(host, vm);
  later(duration(), [this, host, vm] {
    if (lostHosts_.contains(host)) return;
    cluster_.note(host, vm + " runs again");
    cluster_.world().startVm(host, vm);
  });
}

/// With a volume that nobody uses.
void Mishaps::actByHand() {
  std::vector<std::string> free;
  for (const auto& [id, volume] : cluster_.world().volumes()) {
    if (cluster_.promises().isFree(id)) free.push_back(id);
  }
  if (free.empty()) return;
  const std::string& id = random_.anyOf(free);
  if (random_.chance(0.3)) {
    cluster_.note("volumes", "somebody makes a target of " + id);
    cluster_.world().leaveTarget(id, 1 + static_cast<int>(random_.below(6)));
    return;
  }
  const std::string& host = anyHost();
  const World::Place place{random_.chance(0.5) ? "vm1" : "vm2", random_.chance(0.5) ? "xvdb" : "xvdz"};
  cluster_.note(host, fmt::format("somebody gives {} to {} as {}", id, place.vm, place.device));
  cluster_.world().leaveDevice(host, id, place);
}

}  // namespace vbs::simulation
