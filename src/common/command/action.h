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
  HostCheck,
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

/// The parameters that a call gives to the action's patterns. Constants and captured groups come on top.
const std::vector<std::string_view>& parametersOf(Action action);

/// The parameters of host.device, which is a template and no action.
const std::vector<std::string_view>& parametersOfHostDevice();

/// True where `.output` describes one record a line (list.* and capacity); elsewhere it captures values.
bool givesRecords(Action action);

/// The groups that `.output` of such an action may have; the first one must be there.
const std::vector<std::string_view>& recordGroupsOf(Action action);

/// True for the actions that move all bytes of a volume.
bool copies(Action action);

/// The actions that run before this one in the same call, so that what they captured is known.
const std::vector<Action>& precedingActions(Action action);

}  // namespace vbs::command
