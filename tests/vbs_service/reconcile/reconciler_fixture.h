#pragma once

#include <string>
#include <vector>

#include "vbs_service/service_under_test.h"

namespace vbs {

/// The kinds and outcomes of a report, "missing-target repaired", in its order.
inline std::vector<std::string> told(const ReconcileReport& report) {
  std::vector<std::string> drifts;
  for (const Drift& drift : report.drifts) {
    drifts.push_back(std::string(toString(drift.kind)) + " " + std::string(toString(drift.outcome)));
  }
  return drifts;
}

using Told = std::vector<std::string>;

class Reconciler : public ServiceTest {
protected:
  Reconciler() { service_.attach(id_); }

  /// As a target daemon does that was restarted.
  void loseTargets() {
    service_.volumes.change([](FakeVolumeDelegate::World& world) { world.exports.clear(); });
  }
  /// As a VM host does that was restarted.
  void loseNode1() {
    service_.node1->change([](auto& world) { world.clear(); });
  }
  void loseVolume(const VolumeId& id) {
    service_.volumes.change([&](FakeVolumeDelegate::World& world) { world.volumes.erase(id); });
  }

  VolumeId id_ = service_.createVolume().volumeId;
};

}  // namespace vbs
