#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace vbs::command {

/// Which machine's part of a pattern file is meant.
enum class Host { VolumeServer, VmHost };

/// The actions that a pattern file gives commands for.
enum class Action {
  VolumeCreate,
  VolumeDelete,
  VolumeCopy,
  VolumeClone,
  SnapshotCreate,
  SnapshotDelete,
  TargetCreate,
  TargetDelete,
  ListVolumes,
  ListSnapshots,
  ListTargets,
  Capacity,
  HostConnect,
  HostDisconnect,
  VmAttach,
  VmDetach,
  ListSessions,
  ListDevices,
  Fence,
};

/// The key in the pattern file: "volume.create".
std::string_view toString(Action action);
std::optional<Action> parseAction(std::string_view key);

/// Every action, in the order of the table in docs/patterns.md.
const std::vector<Action>& allActions();

}  // namespace vbs::command
