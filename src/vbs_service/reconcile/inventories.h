#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

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
  /// The parts that another VBS Service commands too, with the names of these.
  std::map<std::string, std::vector<std::string>> otherCommanders;
};

/// The host's listings show all that is there; a listing that its stack does not need is not missed.
bool isComplete(const VmHostInventory& host);
bool isComplete(const VolumeServerInventory& inventory);
/// Why not, by the list action; empty when they are complete.
std::map<std::string, std::string> doubtsAbout(const VmHostInventory& host);
std::map<std::string, std::string> doubtsAbout(const VolumeServerInventory& inventory);

/// Every volume that is found anywhere, be it by a target, a session or a device.
std::set<VolumeId> volumesAt(const VmHostInventory& host);
std::set<VolumeId> volumesIn(const Inventories& found);

}  // namespace vbs::reconcile
