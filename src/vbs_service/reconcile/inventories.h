#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "common/api/vmm_delegate.h"
#include "common/api/volume_delegate.h"

namespace vbs::reconcile {

struct VolumeServerView {
  VolumeServerInventory inventory;
  bool usesTargets = true;
};

/// What really is there, as far as the delegates could be asked.
struct Inventories {
  std::optional<VolumeServerView> volumeServer;
  std::map<VmmHostname, VmHostInventory> hosts;
  /// The parts that did not answer, by how messages call them, with the reason.
  std::map<std::string, std::string> unreachable;
};

/// Every volume that is found anywhere, be it by a target, a session or a device.
std::set<VolumeId> volumesIn(const Inventories& found);

}  // namespace vbs::reconcile
