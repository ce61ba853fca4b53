#pragma once

#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "simulation/cluster.h"

namespace vbs::simulation {

/// What befalls the cluster. Which kinds there are, how often and how bad, each seed draws anew: many faults
/// at once hide some that few would show.
class Mishaps {
public:
  explicit Mishaps(Cluster& cluster);

  /// One after the other, until end() was called.
  void run();
  /// None any more, and what they have left is made good, as an administrator would.
  void end();

  /// The disk of the service was not well at some time.
  bool hasHurtTheDisk() const { return hasHurtTheDisk_; }
  /// What this seed draws from, for people.
  std::string describe() const;

private:
  using Strike = void (Mishaps::*)();
  struct Kind {
    const char* name;
    Strike strike;
  };
  static const std::vector<Kind>& kinds();

  void drawWeather();
  double draw(double most);

  void killService();
  void killServiceAtChange();
  void terminateService();
  void freezeService();
  void killDelegate();
  void terminateDelegate();
  void freezeDelegate();
  void cutNetwork();
  void hurtDisk();
  void fillDisk();
  void setClock();
  void fillPool();
  void loseTargets();
  void loseHost();
  void stopVm();
  void actByHand();
  void later(std::chrono::milliseconds pause, std::function<void()> event);
  std::chrono::milliseconds duration();
  Program& anyDelegate();
  const std::string& anyHost();

  Cluster& cluster_;
  Random& random_;
  std::vector<Kind> drawn_;
  Weather weather_;
  std::chrono::milliseconds pause_{0};  ///< between two, at most
  std::set<std::string> lostHosts_;
  bool hasEnded_ = false;
  bool hasHurtTheDisk_ = false;
};

}  // namespace vbs::simulation
