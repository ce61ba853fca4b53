#include "volume_delegate/explain.h"

#include <array>

#include "common/delegate/explanation.h"

namespace vbs::volume_delegate {

using command::Action;
using delegate::Explanation;

namespace {

void explainCreateVolume(const command::CommandFile& file, Explanation& explanation) {
  explanation.action(Action::VolumeCreate);
  explanation.when("createVolume from a snapshot");
  if (file.has(Action::VolumeClone)) {
    explanation.action(Action::VolumeClone);
  } else {
    explanation.action(Action::VolumeCreate).action(Action::VolumeCopy, "in the background");
  }
}

void explainUnexportVolume(const command::CommandFile& /*file*/, Explanation& explanation) {
  explanation.action(Action::TargetDelete);
  explanation.when("unexportVolume from a lost host");
  explanation.action(Action::Fence).action(Action::TargetDelete);
}

template <Action... kActions>
void explainActions(const command::CommandFile& /*file*/, Explanation& explanation) {
  (explanation.action(kActions), ...);
}

/// In the order of CommandVolumeDelegate.
constexpr std::array kOperations{
    delegate::ExplainedOperation{"createVolume", explainCreateVolume},
    delegate::ExplainedOperation{"deleteVolume", explainActions<Action::VolumeDelete>},
    delegate::ExplainedOperation{"createSnapshot", explainActions<Action::SnapshotCreate>},
    delegate::ExplainedOperation{"deleteSnapshot", explainActions<Action::SnapshotDelete>},
    delegate::ExplainedOperation{"exportVolume", explainActions<Action::TargetCreate>},
    delegate::ExplainedOperation{"unexportVolume", explainUnexportVolume},
    delegate::ExplainedOperation{
        "inventory", explainActions<Action::ListVolumes, Action::ListSnapshots, Action::ListTargets>},
    delegate::ExplainedOperation{"capacity", explainActions<Action::Capacity>},
};

}  // namespace

std::string explainOperation(const command::CommandFile& file, std::string_view operation,
                             const command::Parameters& given) {
  return delegate::explain(kOperations, file, operation, given);
}

}  // namespace vbs::volume_delegate
