#include "common/command/action.h"

#include <algorithm>
#include <array>

namespace vbs::command {
namespace {

struct Row {
  Action action;
  std::string_view key;
  std::vector<std::string_view> parameters;
  std::vector<std::string_view> recordGroups;
  std::vector<Action> preceding;
};

/// The one table of what an action is given, lists, and comes after.
const std::vector<Row>& table() {
  static const std::vector<Row> kTable{
      {Action::VolumeCreate, "volume.create", {"volumeId", "sizeGiB", "sizeBytes"}, {}, {}},
      {Action::VolumeDelete, "volume.delete", {"volumeId", "sizeGiB", "sizeBytes"}, {}, {}},
      {Action::VolumeCopy,
       "volume.copy",
       {"volumeId", "snapshotId", "sizeGiB", "sizeBytes"},
       {},
       {Action::VolumeCreate}},
      {Action::VolumeClone, "volume.clone", {"volumeId", "snapshotId", "sizeGiB", "sizeBytes"}, {}, {}},
      {Action::SnapshotCreate, "snapshot.create", {"snapshotId", "volumeId", "sizeGiB", "sizeBytes"}, {}, {}},
      {Action::SnapshotDelete, "snapshot.delete", {"snapshotId", "volumeId", "sizeGiB", "sizeBytes"}, {}, {}},
      {Action::TargetCreate,
       "target.create",
       {"targetId", "targetName", "volumeId", "lun", "vmmHostname"},
       {},
       {}},
      {Action::TargetDelete, "target.delete", {"targetId", "targetName", "volumeId", "lun"}, {}, {}},
      {Action::ListVolumes, "list.volumes", {}, {"volumeId", "sizeBytes"}, {}},
      {Action::ListSnapshots, "list.snapshots", {}, {"snapshotId", "volumeId", "defect", "sizeBytes"}, {}},
      {Action::ListTargets, "list.targets", {}, {"targetName", "targetId", "volumeId"}, {}},
      {Action::Capacity, "capacity", {}, {"totalBytes", "freeBytes", "usedBytes", "usedPercent"}, {}},
      {Action::HostConnect,
       "host.connect",
       {"volumeId", "portal", "portalAddress", "portalPort", "targetName", "lun"},
       {},
       {}},
      {Action::HostDisconnect,
       "host.disconnect",
       {"volumeId", "portal", "portalAddress", "portalPort", "targetName", "lun"},
       {},
       {Action::VmDetach}},
      {Action::HostCheck,
       "host.check",
       {"vmmDev", "volumeId", "sizeGiB", "sizeBytes", "portal", "portalAddress", "portalPort", "targetName",
        "lun"},
       {},
       {Action::HostConnect}},
      {Action::VmAttach,
       "vm.attach",
       {"vmId", "vmmDev", "vmDev", "volumeId", "portal", "portalAddress", "portalPort", "targetName", "lun"},
       {},
       {Action::HostConnect, Action::HostCheck}},
      {Action::VmDetach,
       "vm.detach",
       {"vmId", "vmmDev", "vmDev", "volumeId", "portal", "portalAddress", "portalPort", "targetName", "lun"},
       {},
       {}},
      {Action::ListSessions, "list.sessions", {}, {"targetName", "volumeId", "portal", "lun", "defect"}, {}},
      {Action::ListDevices, "list.devices", {}, {"volumeId", "targetName", "vmId", "vmDev", "vmmDev"}, {}},
      {Action::Fence, "fence", {"volumeId", "vmmHostname", "targetId", "targetName", "lun"}, {}, {}},
  };
  return kTable;
}

const Row& row(Action action) {
  return *std::find_if(table().begin(), table().end(),
                       [action](const Row& candidate) { return candidate.action == action; });
}

}  // namespace

std::string_view toString(Action action) {
  return row(action).key;
}

std::optional<Action> parseAction(std::string_view key) {
  for (const Row& candidate : table()) {
    if (candidate.key == key) return candidate.action;
  }
  return std::nullopt;
}

const std::vector<Action>& allActions() {
  static const std::vector<Action> kActions = [] {
    std::vector<Action> actions;
    for (const Row& each : table()) actions.push_back(each.action);
    return actions;
  }();
  return kActions;
}

const std::vector<std::string_view>& parametersOf(Action action) {
  return row(action).parameters;
}

const std::vector<std::string_view>& parametersOfHostDevice() {
  return row(Action::HostConnect).parameters;
}

bool givesRecords(Action action) {
  return !row(action).recordGroups.empty();
}

const std::vector<std::string_view>& recordGroupsOf(Action action) {
  return row(action).recordGroups;
}

bool copies(Action action) {
  return action == Action::VolumeCopy || action == Action::VolumeClone;
}

const std::vector<Action>& precedingActions(Action action) {
  return row(action).preceding;
}

}  // namespace vbs::command
